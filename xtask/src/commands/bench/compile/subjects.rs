//! The clients whose builds are compared, each with a program that makes two calls.

use std::path::{Path, PathBuf};

/// A client to build a program with.
#[derive(Debug)]
pub struct Subject {
    pub name: String,
    /// Below `target/bench`.
    pub(super) folder: String,
    /// Lines of the manifest.
    pub(super) dependencies: String,
    /// `main.rs`.
    pub(super) program: String,
    /// The sources of the client, to count their lines.
    pub(super) sources: Option<PathBuf>,
    /// The same, for a dependency from the registry.
    pub(super) package: Option<&'static str>,
}

/// What every client is compared with: the HTTP client with TLS and JSON, with the features that the SDKs use.
pub(super) const PLAIN: &str = r#"reqwest = { version = "0.13.4", default-features = false, features = ["http2", "multipart", "rustls-no-provider", "stream"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
rustls-platform-verifier = "0.7"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
"#;
pub(super) const TOKIO: &str =
    r#"tokio = { version = "1", default-features = false, features = ["macros", "rt"] }"#;

/// Two hand-written requests: what the programs with a client do.
const PLAIN_CALLS: &str = r#"
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    for path in ["users/current", "assets"] {
        let request = client.get(format!("https://api.example.com/{path}")).bearer_auth("any");
        let user: User = serde_json::from_slice(&request.send().await?.bytes().await?)?;
        println!("{:?}", user.name);
    }
"#;
const USER: &str = "#[derive(serde::Deserialize)]\nstruct User {\n    name: Option<String>,\n}\n\n";

/// Every client that needs no other tool, the plain one first.
pub(super) fn all(root: &Path) -> Vec<Subject> {
    let mut all = vec![
        Subject {
            name: "reqwest, rustls, serde and serde_json".into(),
            folder: "plain".into(),
            dependencies: format!("{PLAIN}{TOKIO}"),
            program: program(USER, PLAIN_CALLS),
            sources: None,
            package: None,
        },
        Subject {
            name: "progenitor-client 0.15.1 with the same".into(),
            folder: "progenitor-client".into(),
            dependencies: format!("{PLAIN}progenitor-client = \"=0.15.1\"\n{TOKIO}"),
            program: program(USER, &PLAIN_CALLS.replace(
                "    let client = reqwest::Client::new();",
                "    let client = reqwest::Client::new();\n    println!(\"{}\", progenitor_client::encode_path(\"a b\"));",
            )),
            sources: None,
            package: None,
        },
        Subject {
            name: "oxide 0.19".into(),
            folder: "oxide".into(),
            dependencies: format!("oxide = \"0.19\"\n{TOKIO}"),
            program: program("use oxide::{Client, ClientConfig, ClientCurrentUserExt as _, ClientProjectsExt as _};\n\n", r#"
    let config = ClientConfig::default().with_host_and_token("https://api.example.com", "any");
    let client = Client::new_authenticated_config(&config)?;
    println!("{:?}", client.current_user_view().send().await?.display_name);
    println!("{:?}", client.project_list().limit(10).send().await?.items.len());
"#),
            sources: None,
            package: Some("oxide"),
        },
    ];
    for sdk in [NETX, MEDIAVALET, NETEXPLORER] {
        all.extend(sdk.subjects(root));
    }
    all
}

struct Sdk {
    package: &'static str,
    /// Two calls in one tag, so that the program is the same with all tags.
    calls: &'static str,
    /// Features of the tag of these calls.
    tag: &'static str,
}

const NETX: Sdk = Sdk {
    package: "netx-sdk",
    calls: r#"
    let client = netx_sdk::Client::builder("https://api.example.com").api_key("any").build()?;
    println!("{:?}", client.get_self().send().await?.user_id);
    println!("{:?}", client.get_users_by_group(1).send().await?.into_inner());
"#,
    tag: "users",
};
const MEDIAVALET: Sdk = Sdk {
    package: "mediavalet-sdk",
    calls: r#"
    let client = mediavalet_sdk::Client::builder().subscription_key("any").access_token("any").build()?;
    println!("{:?}", client.get_current_user().send().await?.id);
    println!("{:?}", client.list_users().send().await?.into_inner());
"#,
    tag: "users",
};
const NETEXPLORER: Sdk = Sdk {
    package: "netexplorer-sdk",
    calls: r#"
    let client = netexplorer_sdk::Client::builder("https://api.example.com").access_token("any").build()?;
    println!("{:?}", client.get_folder(1).send().await?.name);
    println!("{:?}", client.list_folders().send().await?.into_inner());
"#,
    tag: "folders",
};

impl Sdk {
    fn subjects(&self, root: &Path) -> Vec<Subject> {
        let Self { package, calls, tag } = self;
        let path = root.join(package);
        let subject = |suffix: &str, features: &str| Subject {
            name: format!("`{package}`, {suffix}"),
            folder: format!("{package}-{}", suffix.replace([' ', ','], "-")),
            dependencies: format!(
                "{package} = {{ path = {:?}, default-features = false, features = [{features}] }}\n{TOKIO}",
                path.display().to_string()
            ),
            program: program("", calls),
            sources: Some(path.join("src")),
            package: None,
        };
        vec![
            subject("all tags", r#""full", "oauth", "profiles", "rustls""#),
            subject("one tag", &format!(r#""{tag}", "oauth", "profiles", "rustls""#)),
            subject("one tag, no OAuth, no profiles", &format!(r#""{tag}", "rustls""#)),
        ]
    }
}

pub(super) fn program(items: &str, calls: &str) -> String {
    format!(
        "{items}#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> \
         {{{calls}    Ok(())\n}}\n"
    )
}
