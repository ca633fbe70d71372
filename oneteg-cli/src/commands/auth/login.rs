//! `oneteg auth login`.

use std::time::Duration;

use oneteg_auth::{
    AuthError, OAuth2, OAuthFlow, ResolvedAuthentication, ResolvedOAuthSettings, SignedIn, Vendor,
};
use tokio::time::timeout;
use url::Url;

use super::no_session;
use crate::{
    arguments::auth::LoginArguments,
    client,
    context::Context,
    error::{CliError, Exit},
    output::printable,
    prompt,
};

pub(super) async fn run(context: &Context, arguments: &LoginArguments) -> Result<(), CliError> {
    let name = &arguments.connection;
    let connection = client::resolve(context, name)?;
    let ResolvedAuthentication::OAuth(settings) = &connection.authentication else {
        return Err(no_session(name));
    };
    let Some(session) = client::session(context, name).await? else { return Err(no_session(name)) };
    let vendor = connection.connector.vendor();
    if settings.flow == OAuthFlow::ClientCredentials {
        return application(context, name, &session).await;
    }
    if !arguments.again && session.is_signed_in().await? {
        context
            .note(format_args!("Somebody is signed in to {name} already; --again signs in again."));
        return Ok(());
    }
    let signed_in = if arguments.paste {
        by_paste(context, &session, settings).await?
    } else {
        by_browser(context, arguments, &session, vendor).await?
    };
    report(context, name, &signed_in);
    Ok(())
}

/// An application signs in with each token request; one is made to see whether its credentials work.
async fn application(context: &Context, name: &str, session: &OAuth2) -> Result<(), CliError> {
    let scopes = session.scopes().await?;
    let scopes = if scopes.is_empty() { String::new() } else { format!(" ({})", scopes.join(" ")) };
    context.note(format_args!(
        "{name} is an application, which signs in by itself: its credentials work{scopes}."
    ));
    Ok(())
}

/// The browser comes back to a port of this machine.
async fn by_browser(
    context: &Context,
    arguments: &LoginArguments,
    session: &OAuth2,
    vendor: Vendor,
) -> Result<SignedIn, CliError> {
    let sign_in =
        session.listen_for_sign_in().await.map_err(|error| unreachable(error, arguments))?;
    let sign_in = sign_in.with_timeout(Duration::from_secs(arguments.timeout));
    let opened = !arguments.no_browser && open(sign_in.url()).await;
    if opened {
        context.note(format_args!("Sign in to {vendor} in the browser that has opened."));
    } else {
        // Needed, so it is printed also with --quiet.
        show(
            &format!("Open this URL in a browser on this machine and sign in to {vendor}:"),
            sign_in.url(),
        );
    }
    sign_in.finish().await.map_err(|error| match error {
        AuthError::SignInTimeout => CliError::new(Exit::Refused, error.to_string()),
        other => other.into(),
    })
}

/// The browser may run anywhere; the person copies the address at which it ends.
async fn by_paste(
    context: &Context,
    session: &OAuth2,
    settings: &ResolvedOAuthSettings,
) -> Result<SignedIn, CliError> {
    let (url, pending) = session.begin_sign_in()?;
    show("Open this URL in any browser and sign in:", &url);
    let redirect = settings.redirect_uri.as_deref().unwrap_or_default();
    context.note(format_args!(
        "The browser then goes to an address that begins with {redirect}. Copy that address from the browser, also if \
         the page cannot be shown."
    ));
    // It has a code that is worth a session for a minute.
    let Some(address) = prompt::pasted_secret(context, "Address").await? else {
        return Err(CliError::usage("no address was given, so nobody is signed in"));
    };
    Ok(session.finish_sign_in(pending, address.expose()).await?)
}

/// What to do if the browser could not come back.
fn unreachable(error: AuthError, arguments: &LoginArguments) -> CliError {
    match error {
        AuthError::InvalidUrl { .. } => {
            CliError::new(Exit::Usage, "the registered redirect URI does not lead to this machine")
                .with_hint(format!(
                    "sign in with: oneteg auth login {} --paste",
                    arguments.connection
                ))
        }
        other => other.into(),
    }
}

fn show(what: &str, url: &Url) {
    use std::io::Write as _;
    // The URL has no secret: its state and challenge are useless without what this process keeps.
    let _ = writeln!(std::io::stderr(), "{what}\n\n  {url}\n");
}

/// How long a browser may take to start.
const START_LIMIT: Duration = Duration::from_secs(10);

async fn open(url: &Url) -> bool {
    if is_headless() {
        return false;
    }
    let url = url.to_string();
    let opening = tokio::task::spawn_blocking(move || webbrowser::open(&url).is_ok());
    timeout(START_LIMIT, opening).await.is_ok_and(|opened| opened.unwrap_or(false))
}

/// Whether there is no desktop, so that only a browser without graphics could open, in the middle of this terminal.
fn is_headless() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(all(unix, not(target_os = "macos")))
        && !["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(is_set)
}

fn report(context: &Context, name: &str, signed_in: &SignedIn) {
    let claims = signed_in.id_token_claims();
    let who = claims.and_then(|claims| claims.name.or(claims.preferred_username).or(claims.email));
    match who {
        Some(who) => context.note(format_args!("Signed in to {name} as {}.", printable(&who))),
        None => context.note(format_args!("Signed in to {name}.")),
    }
    if !signed_in.missing.is_empty() {
        context.warn(format_args!(
            "these scopes were not granted, so some operations will be refused: {}",
            printable(&signed_in.missing.join(" "))
        ));
    }
}
