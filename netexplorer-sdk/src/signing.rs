//! Asking people to sign documents.

use oneteg_http::{Error, ErrorKind};

use crate::{
    Client,
    types::{
        CreateSignatureActorRequest, CreateSignatureDocumentRequest, CreateSignatureRequest,
        Signature,
    },
};

/// Builder for a signature request. It sends nothing until [`activate`](Self::activate).
///
/// The members of the request bodies are assumed from those of the responses, since their documentation is not
/// available. The typed operations, such as [`Client::create_signature`], accept any others.
#[derive(Debug, Clone)]
#[must_use = "the request sends nothing until `activate`"]
pub struct SignatureRequest {
    client: Client,
    settings: CreateSignatureRequest,
    files: Vec<i64>,
    actors: Vec<CreateSignatureActorRequest>,
}

impl Client {
    /// Requests signatures, with settings such as name, level and mode. Returns a builder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::types::{CreateSignatureActorRequest, CreateSignatureRequest};
    ///
    /// let settings = CreateSignatureRequest::new().name("Contract");
    /// let signer = CreateSignatureActorRequest::new().email("a@example.com");
    /// let request = client.request_signatures(settings).file(99).actor(signer);
    /// let signature = request.activate().await?;
    /// # let _ = signature; Ok(()) }
    /// ```
    pub fn request_signatures(&self, settings: CreateSignatureRequest) -> SignatureRequest {
        SignatureRequest { client: self.clone(), settings, files: Vec::new(), actors: Vec::new() }
    }
}

impl SignatureRequest {
    /// Adds a version of a file to sign.
    pub fn file(mut self, file_id: i64) -> Self {
        self.files.push(file_id);
        self
    }

    /// Adds a person who signs, approves or follows.
    pub fn actor(mut self, actor: CreateSignatureActorRequest) -> Self {
        self.actors.push(actor);
        self
    }

    /// Creates the request, adds its files and actors in order, and activates it. If a step fails, deletes what
    /// was created, as far as possible.
    ///
    /// # Errors
    /// The error of the first step that failed.
    pub async fn activate(self) -> Result<Signature, Error> {
        let request = self.client.create_signature(self.settings.clone());
        let signature = request.send().await?.into_inner();
        let Some(id) = signature.id else {
            let message = "the platform created the signature, but its response has no `id`";
            return Err(Error::new(ErrorKind::Decode, message));
        };
        match self.fill_and_activate(id).await {
            Ok(signature) => Ok(signature),
            Err(error) => {
                // A failure to delete must not hide the first error.
                let _ = self.client.delete_signature(id).send().await;
                Err(error)
            }
        }
    }

    async fn fill_and_activate(&self, id: i64) -> Result<Signature, Error> {
        for file in &self.files {
            let document = CreateSignatureDocumentRequest::default();
            self.client.create_signature_document(id, *file, document).send().await?;
        }
        for actor in &self.actors {
            self.client.create_signature_actor(id, actor.clone()).send().await?;
        }
        Ok(self.client.activate_signature(id).send().await?.into_inner())
    }
}
