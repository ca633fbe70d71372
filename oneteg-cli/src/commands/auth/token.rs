//! `oneteg auth token`.

use std::io::{self, Write as _};

use http::{HeaderMap, header::AUTHORIZATION};
use oneteg_auth::{AuthRequest, Authenticator as _};
use zeroize::Zeroizing;

use super::no_session;
use crate::{arguments::auth::TokenArguments, client, context::Context, error::CliError};

pub(super) async fn run(context: &Context, arguments: &TokenArguments) -> Result<(), CliError> {
    let name = &arguments.connection;
    if context.terminal.stdout {
        return Err(CliError::usage(
            "an access token is not printed on a terminal, which others may see or record",
        )
        .with_hint(format!(
            "pass it on, for example: oneteg auth token {name} --header | curl --header @- URL"
        )));
    }
    let connection = client::resolve(context, name)?;
    let Some(session) = client::session(context, name).await? else { return Err(no_session(name)) };
    let mut headers = HeaderMap::new();
    session.authorize(AuthRequest::new(&connection.endpoint_url, &mut headers)).await?;
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header =
        header.ok_or_else(|| CliError::failure("the session has no header with a token"))?;
    let line = match arguments.header {
        true => format!("authorization: {header}\n"),
        // The word before it is the scheme.
        false => format!("{}\n", header.split_once(' ').map_or(header, |(_, token)| token)),
    };
    let line = Zeroizing::new(line);
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(CliError::output)
}
