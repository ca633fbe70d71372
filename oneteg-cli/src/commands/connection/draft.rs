//! The settings of a new connection: those of the command line, completed by what the person types.

use oneteg_auth::{
    ApplicationType, Authentication, Connection, Connector, OAuthFlow, OAuthSettings, Scopes,
    SecretSource, Vendor,
};

use crate::{
    arguments::connection::{AddArguments, SignIn},
    error::CliError,
    prompt,
};

/// Settings as far as they are known.
pub(super) struct Draft {
    /// Whether a person can be asked.
    is_interactive: bool,
    pub(super) url: Option<String>,
    pub(super) api_key: Option<SecretSource>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<SecretSource>,
    pub(super) subscription_key: Option<SecretSource>,
    pub(super) scopes: Option<String>,
    pub(super) token_url: Option<String>,
    pub(super) authorization_url: Option<String>,
    pub(super) revocation_url: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) header_scheme: Option<String>,
    pub(super) client_auth: Option<String>,
}

impl Draft {
    pub(super) fn new(is_interactive: bool) -> Self {
        Self {
            is_interactive,
            url: None,
            api_key: None,
            client_id: None,
            client_secret: None,
            subscription_key: None,
            scopes: None,
            token_url: None,
            authorization_url: None,
            revocation_url: None,
            redirect_uri: None,
            header_scheme: None,
            client_auth: None,
        }
    }

    /// Asks for the vendor.
    pub(super) async fn vendor(&self) -> Result<Vendor, CliError> {
        if !self.is_interactive {
            return Err(missing(&["--vendor"]));
        }
        let names: Vec<&str> = Vendor::ALL.iter().map(|vendor| vendor.profile().name).collect();
        let chosen = prompt::choose("Vendor", &names).await?;
        Vendor::ALL.get(chosen).copied().ok_or_else(|| missing(&["--vendor"]))
    }

    /// How the connection signs in: the only way, the only one that the arguments fit, or as the person chooses.
    pub(super) async fn sign_in(
        &self,
        vendor: Vendor,
        arguments: &AddArguments,
    ) -> Result<SignIn, CliError> {
        let mut ways = ways(vendor);
        if arguments.client_id.is_some() || arguments.client_secret.is_some() {
            ways.retain(|(way, _)| *way != SignIn::ApiKey);
        }
        match ways.as_slice() {
            [(way, _)] => Ok(*way),
            _ if self.is_interactive => {
                let labels: Vec<&str> = ways.iter().map(|(_, label)| *label).collect();
                let chosen = prompt::choose("Sign-in", &labels).await?;
                ways.get(chosen).map(|(way, _)| *way).ok_or_else(|| missing(&["--sign-in"]))
            }
            // A key is the usual way where there are keys; otherwise the flows mean different rights.
            [(SignIn::ApiKey, _), ..] => Ok(SignIn::ApiKey),
            _ => Err(missing(&["--sign-in"])),
        }
    }

    /// Asks for what is needed and not given.
    pub(super) async fn complete(
        &mut self,
        vendor: Vendor,
        sign_in: SignIn,
    ) -> Result<(), CliError> {
        let profile = vendor.profile();
        let mut absent = Vec::new();
        if self.url.is_none() && profile.endpoint.fixed.is_none() {
            self.explain(profile.endpoint.help)?;
            self.url = self.ask("--url", "URL", &mut absent).await?.map(|url| with_scheme(&url));
        }
        if let Some(key) = profile.subscription_key.filter(|_| self.subscription_key.is_none()) {
            self.explain(key.help)?;
            self.subscription_key =
                self.ask_secret("--subscription-key", "Subscription key", &mut absent)?;
        }
        match (sign_in, profile.api_key, profile.oauth) {
            (SignIn::ApiKey, Some(key), _) if self.api_key.is_none() => {
                self.explain(key.help)?;
                self.api_key = self.ask_secret("--api-key", "API key", &mut absent)?;
            }
            (SignIn::Browser | SignIn::ClientCredentials, _, Some(oauth)) => {
                if self.client_id.is_none() {
                    self.explain(oauth.help.issued)?;
                    self.client_id = self.ask("--client-id", "Client ID", &mut absent).await?;
                }
                let is_optional = oauth.has_public_clients && sign_in == SignIn::Browser;
                let is_asked = self.is_interactive || !is_optional;
                if self.client_secret.is_none() && is_asked {
                    let label = if is_optional {
                        "Client secret, or nothing for an application without one"
                    } else {
                        "Client secret"
                    };
                    let mut unasked = Vec::new();
                    self.client_secret = self.ask_secret("--client-secret", label, &mut unasked)?;
                    if !is_optional {
                        absent.extend(unasked);
                    }
                }
                if self.token_url.is_none() && oauth.token_url.is_none() {
                    self.token_url = self.ask("--token-url", "Token URL", &mut absent).await?;
                }
            }
            // The vendor does not have it, which the checks report.
            _ => {}
        }
        if absent.is_empty() { Ok(()) } else { Err(missing(&absent)) }
    }

    fn explain(&self, help: &str) -> Result<(), CliError> {
        use std::io::Write as _;
        if self.is_interactive && !help.is_empty() {
            writeln!(std::io::stderr(), "{help}")?;
        }
        Ok(())
    }

    /// Asks for a setting until it is given. Without a person, the flag is absent.
    async fn ask(
        &self,
        flag: &'static str,
        label: &str,
        absent: &mut Vec<&'static str>,
    ) -> Result<Option<String>, CliError> {
        if !self.is_interactive {
            absent.push(flag);
            return Ok(None);
        }
        loop {
            if let Some(answer) = prompt::line(label).await? {
                return Ok(Some(answer));
            }
        }
    }

    fn ask_secret(
        &self,
        flag: &'static str,
        label: &str,
        absent: &mut Vec<&'static str>,
    ) -> Result<Option<SecretSource>, CliError> {
        if !self.is_interactive {
            absent.push(flag);
            return Ok(None);
        }
        let typed = prompt::secret(label)?;
        if typed.is_none() {
            absent.push(flag);
        }
        Ok(typed.map(SecretSource::from))
    }

    /// The connection, checked as far as that needs no request.
    pub(super) fn connection(
        self,
        name: &str,
        vendor: Vendor,
        sign_in: SignIn,
    ) -> Result<Connection, CliError> {
        let flow = match sign_in {
            SignIn::ApiKey => None,
            SignIn::Browser => Some(OAuthFlow::AuthorizationCode),
            SignIn::ClientCredentials => Some(OAuthFlow::ClientCredentials),
        };
        let authentication = match flow {
            None => Authentication::api_key(self.api_key.unwrap_or_else(|| "".into())),
            Some(flow) => {
                let mut oauth = OAuthSettings::new(flow, self.client_id.unwrap_or_default());
                if vendor.profile().oauth.is_some_and(|oauth| oauth.has_application_types) {
                    oauth.application_type = Some(match flow {
                        OAuthFlow::ClientCredentials => ApplicationType::Server,
                        _ => ApplicationType::Client,
                    });
                }
                oauth.client_secret = self.client_secret;
                oauth.token_url = self.token_url;
                oauth.authorization_url = self.authorization_url;
                oauth.revocation_url = self.revocation_url;
                oauth.redirect_uri = self.redirect_uri;
                oauth.scopes = self.scopes.as_deref().map(Scopes::parse);
                oauth.header_scheme = self.header_scheme;
                if let Some(how) = self.client_auth {
                    let how = how
                        .parse()
                        .map_err(|problem| CliError::usage(format!("--client-auth {problem}")))?;
                    oauth.client_auth = Some(how);
                }
                oauth.into()
            }
        };
        let mut connection = Connection::new(name, Connector::v1_0(vendor), authentication);
        connection.endpoint_url = self.url;
        connection.subscription_key = self.subscription_key;
        // Reads variables and files too: a connection that cannot be used now would only fail later.
        connection.resolve()?;
        Ok(connection)
    }
}

/// The ways to sign in that a vendor offers, the usual one first.
fn ways(vendor: Vendor) -> Vec<(SignIn, &'static str)> {
    let profile = vendor.profile();
    let mut ways = Vec::new();
    if profile.api_key.is_some() {
        ways.push((SignIn::ApiKey, "API key"));
    }
    if profile.oauth.is_some_and(|oauth| oauth.code_scopes.is_some()) {
        ways.push((SignIn::Browser, "OAuth: you sign in with a browser"));
    }
    if profile.oauth.is_some_and(|oauth| oauth.credentials_scopes.is_some()) {
        ways.push((SignIn::ClientCredentials, "OAuth: the application signs in as itself"));
    }
    ways
}

fn missing(flags: &[&str]) -> CliError {
    let (verb, pronoun) = if flags.len() == 1 { ("is", "it") } else { ("are", "them") };
    CliError::usage(format!("{} {verb} missing", flags.join(", "))).with_hint(format!(
        "add {pronoun}, or run the command in a terminal to be asked; secrets are given as env:NAME, file:PATH or - \
         (a line of standard input)"
    ))
}

/// `acme.netx.net` is a URL as well.
pub(super) fn with_scheme(url: &str) -> String {
    let url = url.trim();
    if url.contains("://") { url.to_owned() } else { format!("https://{url}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_url() {
        assert_eq!(with_scheme(" acme.netx.net "), "https://acme.netx.net");
        assert_eq!(with_scheme("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    }
}
