//! What an operation returns: a response, or an error that becomes one.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::common::content::FileContent;

pub(crate) type ApiResult = Result<ApiResponse, ApiError>;

/// The response of an operation that succeeded.
#[derive(Debug)]
pub(crate) enum ApiResponse {
    Json(StatusCode, Value),
    /// No body: 204, as the vendor documents.
    Empty,
    Text(&'static str),
    File(FileContent),
    /// An intermediate step of a change, which does not count as a write.
    Intermediate(StatusCode, Value),
}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl ApiResponse {
    pub(crate) fn ok(value: Value) -> ApiResult {
        Ok(Self::Json(StatusCode::OK, value))
    }

    pub(crate) fn created(value: Value) -> ApiResult {
        Ok(Self::Json(StatusCode::CREATED, value))
    }

    pub(crate) fn list(values: impl Iterator<Item = Value>) -> ApiResult {
        Self::ok(Value::Array(values.collect()))
    }

    /// A page of a list, in the vendor's envelope.
    pub(crate) fn page(page: Page, objects: Vec<Value>) -> ApiResult {
        let total = objects.len();
        let objects: Vec<_> = objects.into_iter().skip(page.offset).take(page.limit).collect();
        Self::ok(json!({
            "nb_objects": objects.len(),
            "nb_total_objects": total,
            "offset_start": page.offset,
            "objects": objects,
        }))
    }

    /// The request's headers decide which part of a file is sent.
    pub(crate) fn into_response(self, request: &HeaderMap) -> Response {
        match self {
            Self::Json(status, value) | Self::Intermediate(status, value) => {
                (status, Json(value)).into_response()
            }
            Self::Empty => StatusCode::NO_CONTENT.into_response(),
            Self::Text(body) => body.into_response(),
            Self::File(content) => content.into_response(request),
        }
    }
}

/// Why an operation was refused: an HTTP status and a message, sent as `{"error": message}`.
///
/// Messages are in French, like the vendor's. Only the one for a name that is taken has been seen at the
/// vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn bad_request(reason: impl std::fmt::Display) -> Self {
        Self::new(choices::INVALID_REQUEST_STATUS.get(), format!("Requête invalide : {reason}."))
    }

    /// 401: the bearer token is missing, or not valid.
    pub(crate) fn unauthorized() -> Self {
        let message = "Votre session a expiré. Veuillez vous reconnecter.";
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403
    pub(crate) fn forbidden() -> Self {
        let message = "Vous n'avez pas les droits nécessaires pour effectuer cette action.";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 403, as for a missing right: only the message distinguishes the two.
    pub(crate) fn name_taken() -> Self {
        let message = "Un élément du même nom existe déjà. Veuillez saisir un nom différent.";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(choices::UNKNOWN_OBJECT_STATUS.get(), "L'élément demandé n'existe pas.")
    }

    /// 409
    pub(crate) fn conflict(reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, format!("Conflit : {reason}."))
    }

    /// 410
    pub(crate) fn upload_expired() -> Self {
        Self::new(StatusCode::GONE, "Le transfert a expiré.")
    }

    /// 413
    pub(crate) fn too_large(limit: impl std::fmt::Display) -> Self {
        let message = format!("Le fichier dépasse la taille maximale ({limit} octets).");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// The name is empty, too long, or has characters that no name may have.
    pub(crate) fn invalid_name() -> Self {
        let message = "Le nom est vide, trop long ou contient des caractères interdits.";
        Self::new(choices::INVALID_NAME_STATUS.get(), message)
    }

    /// A wrong password of a share or a link.
    pub(crate) fn wrong_password() -> Self {
        Self { status: choices::WRONG_PASSWORD_STATUS.get(), ..Self::forbidden() }
    }

    /// 423: the parts of an upload are still being assembled.
    pub(crate) fn assembling() -> Self {
        Self::new(StatusCode::LOCKED, "Le fichier est en cours de transfert.")
    }

    /// 423 as well: another user holds the lock.
    pub(crate) fn locked() -> Self {
        Self::new(StatusCode::LOCKED, "Le fichier est verrouillé par un autre utilisateur.")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}
