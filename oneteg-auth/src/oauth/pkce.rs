//! The random values of a sign-in: the state (RFC 6749 section 10.12) and the proof key of the code (RFC 7636).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{AuthError, Secret, random};

/// A proof key: what only this program knows, and what the provider learns beforehand.
pub(super) struct ProofKey {
    /// Sent with the code.
    pub(super) verifier: Secret,
    /// Sent with the authorization request, by the method `S256`.
    pub(super) challenge: String,
}

impl ProofKey {
    pub(super) fn new() -> Result<Self, AuthError> {
        let verifier = secret()?;
        let challenge = challenge(verifier.expose());
        Ok(Self { verifier, challenge })
    }
}

/// 32 random bytes in base64url: 43 characters of the unreserved set (RFC 7636 section 4.1).
pub(super) fn secret() -> Result<Secret, AuthError> {
    let bytes = Zeroizing::new(random::bytes::<32>()?);
    Ok(Secret::from(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// `BASE64URL(SHA256(verifier))` (RFC 7636 section 4.2).
fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636 appendix B.
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn secrets_are_long_unreserved_and_different() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert_ne!(one.expose(), other.expose());
        for secret in [one, other] {
            let is_unreserved =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            assert_eq!(secret.expose().len(), 43);
            assert!(secret.expose().bytes().all(is_unreserved), "{}", secret.expose());
        }
    }
}
