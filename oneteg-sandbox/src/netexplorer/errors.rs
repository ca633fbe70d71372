//! Refusals: an HTTP status with `{"error": message}`, the message in French as the vendor's are.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal on its way to the client. Only the message of a duplicate name has been seen at the vendor; the
/// others, and the status of what the facts do not name, are the sandbox's own choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// 400
    pub(crate) fn invalid(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("Requête invalide : {reason}."))
    }

    /// 401: without a token, or with one that is no longer good.
    pub(crate) fn unauthenticated() -> Self {
        let message = "Votre session a expiré. Veuillez vous reconnecter.";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403
    pub(crate) fn forbidden() -> Self {
        let message = "Vous n'avez pas les droits nécessaires pour effectuer cette action.";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 403 as well: only the message tells it from a missing right.
    pub(crate) fn duplicate() -> Self {
        let message = "Un élément du même nom existe déjà. Veuillez saisir un nom différent.";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404
    pub(crate) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "L'élément demandé n'existe pas.")
    }

    /// 409
    pub(crate) fn conflict(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, format!("Conflit : {reason}."))
    }

    /// 410: an upload that has expired.
    pub(crate) fn expired() -> Self {
        Self::new(StatusCode::GONE, "Le transfert a expiré.")
    }

    /// 413
    pub(crate) fn too_large(limit: impl std::fmt::Display) -> Self {
        let message = format!("Le fichier dépasse la taille maximale ({limit} octets).");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 422: a name with characters that none may have.
    pub(crate) fn name() -> Self {
        let message = "Le nom est vide, trop long ou contient des caractères interdits.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 423: the parts of an upload are still being put together.
    pub(crate) fn assembling() -> Self {
        Self::new(StatusCode::LOCKED, "Le fichier est en cours de transfert.")
    }

    /// 423 as well: somebody else holds the lock.
    pub(crate) fn locked() -> Self {
        Self::new(StatusCode::LOCKED, "Le fichier est verrouillé par un autre utilisateur.")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}
