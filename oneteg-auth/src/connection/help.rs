//! What a form says about each setting.

use super::{Field, Flow, Vendor, profile::Way};

const SECRET: &str = "Give it inline, as env:NAME or as file:PATH.";

/// The description of a setting, in full sentences.
pub(super) fn help(vendor: Vendor, way: Way, field: Field) -> String {
    match field {
        Field::ConnectionName => "A name of your choice for the connection.".into(),
        Field::Connector => {
            "The connector's identifier; filled in when the connector is selected.".into()
        }
        Field::EndpointUrl => endpoint(vendor).into(),
        Field::SubscriptionKey => {
            format!("Key from MediaValet's developer portal; its gateway refuses every call without it. {SECRET}")
        }
        Field::Authentication => "The kind of credential.".into(),
        Field::ApiKey => format!(
            "Shown once when it is made in NetX, in the user menu under Integrations; it acts as that user. {SECRET}"
        ),
        Field::Flow => flow(vendor, way).into(),
        Field::ApplicationType => {
            "As chosen when the application was created: client acts as the user who signs in, server has administrator access.".into()
        }
        Field::ClientId => format!("Identifier of the OAuth application, {}.", issued_by(vendor)),
        Field::ClientSecret => client_secret(vendor, way),
        Field::TokenUrl => url(vendor, "exchanges codes and refresh tokens"),
        Field::AuthorizationUrl => url(vendor, "opens in the browser to sign in"),
        Field::RedirectUri => {
            "Where the browser returns to; exactly as registered with the vendor.".into()
        }
        Field::Scopes => scopes(vendor).into(),
        Field::HeaderScheme => header_scheme(vendor).into(),
        Field::ClientAuth => {
            "How the client secret is sent to the token URL: in the form body, or as HTTP Basic.".into()
        }
        Field::RevocationUrl => "Where tokens are revoked at logout (RFC 7009), if anywhere.".into(),
        Field::DiscoveryUrl => "OpenID discovery document, if there is one.".into(),
        Field::Issuer => "Issuer that a callback must name when it names one (RFC 9207).".into(),
    }
}

const fn endpoint(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::NetX => "Base URL of your NetX instance.",
        Vendor::MediaValet => "Base URL of the MediaValet API; it is the same for everybody.",
        Vendor::NetExplorer => {
            "URL of your NetExplorer platform, such as https://company.netexplorer.pro."
        }
    }
}

const fn flow(vendor: Vendor, way: Way) -> &'static str {
    match (vendor, way) {
        (Vendor::MediaValet, Way::OAuth(Flow::ClientCredentials)) => {
            "The application acts by itself. MediaValet lists this grant but does not document it as finished."
        }
        (_, Way::OAuth(Flow::ClientCredentials)) => {
            "The application acts by itself, without a user."
        }
        _ => "A user signs in with a browser and the connection acts as that user.",
    }
}

const fn issued_by(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::NetX => "issued by NetX support or your NetX administrator",
        Vendor::MediaValet => "issued by MediaValet's API support",
        Vendor::NetExplorer => "shown on the platform when the application is created",
    }
}

fn client_secret(vendor: Vendor, way: Way) -> String {
    let issued = issued_by(vendor);
    let public = match (vendor, way) {
        (Vendor::NetExplorer, Way::OAuth(Flow::AuthorizationCode)) => {
            " Leave it out for a public client, which has PKCE instead."
        }
        _ => "",
    };
    format!("Secret of the OAuth application, {issued}.{public} {SECRET}")
}

fn url(vendor: Vendor, what: &str) -> String {
    let source = match vendor {
        Vendor::NetX => {
            "Made of the instance's URL unless set; a NetX client is known that uses /a/t and /app#access/api"
        }
        Vendor::MediaValet => "The same for everybody",
        Vendor::NetExplorer => "Made of the platform's URL",
    };
    format!("The address that {what}. {source}.")
}

const fn scopes(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::NetX => "Leave it out unless your NetX administrator names scopes.",
        Vendor::MediaValet => {
            "Separated by spaces: openid identifies the user, api gives access, offline_access keeps the connection signed in."
        }
        Vendor::NetExplorer => {
            "Separated by spaces: all asks for what the application is registered for, offline for tokens that do not expire."
        }
    }
}

const fn header_scheme(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::NetX => {
            "The word before the access token: apiToken as the known client sends it, or Bearer."
        }
        Vendor::MediaValet | Vendor::NetExplorer => "The word before the access token.",
    }
}
