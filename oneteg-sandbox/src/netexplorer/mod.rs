//! The NetExplorer stand-in (a platform of NetExplorer, now Voltn): OAuth 2.0 at the root, the API below
//! `/api`.
//!
//! # What follows the facts
//! The grants `client_credentials` (server applications), `authorization_code` with PKCE S256 and
//! `refresh_token` (client applications), with the client's credential in a body that is a form or JSON;
//! `Authorization: Bearer`, and 401 without a good token; the `As` header. 201 for a new folder or file, 204
//! for every empty answer, 403 with a French message for a name that is taken. A file's id names one
//! version, its `guid` the file; content of a name that is there makes a new version. Uploads as one form, as
//! a form for each chunk, as a stream and by TUS, with 423 while a file is assembled and 409 for a wrong
//! offset; `PATCH` answers 200 where TUS has 204. Deletion goes to the trash unless `trash=0`. `/path`
//! answers the object itself, `/ischildof` by its status.
//!
//! # The sandbox's own choices
//! - The consent page approves at once, as [`MEMBER`]; redirects to loopback addresses are taken, and no others.
//!   A code or a refresh token that is used again ends all tokens of its grant, as RFC 6749 and RFC 9700
//!   want.
//! - A server application has every right; client applications have those of their user. `As` is for the
//!   former.
//! - [`RESTRICTED_FOLDER`] is for the administrator alone; everything else is for everybody.
//! - Names are told apart by case. A name that cannot be is 422; an object that does not exist 404.
//! - New content of a file, by `PUT /file/{fileId}/upload`, keeps the version's id.
//! - Chunks of an upload belong together by user, folder, name, size and number of chunks.
//! - The call that ends a TUS upload answers 423 as often as the setting says (once) before the file is
//!   there, and before all bytes are. So does the last chunk; the file is then there after as many
//!   questions for what is stored, or for the upload by the last chunk again.
//! - What undocumented bodies may say: see `README.md` of the crate.
//! - Tags go on elements of the types `file` and `folder`. A share's password is the member `password`.
//! - Quotas are stored and shown, and never enforced.

mod answer;
mod call;
mod errors;
mod handlers;
mod members;
mod oauth;
mod operations;
mod render;
mod room;
mod routes;
mod seed;
mod state;
mod uploads;

pub use oauth::{CLIENT_APPLICATION, CLIENT_SECRET, PASSWORD, SERVER_APPLICATION, SERVER_SECRET};
pub use room::Netexplorer;
pub(crate) use room::NetexplorerSettings;
pub use seed::RESTRICTED_FOLDER;
pub use state::{ADMINISTRATOR, MEMBER};

/// The names of the operations served, sorted: the very table that the router is built from.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}
