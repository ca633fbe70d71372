//! The main job of an integration with MediaValet, end to end, without an account: `cargo xtask demo`.

mod file;
mod report;

use std::sync::Arc;
use std::time::Duration;

use mediavalet_sdk::{
    Client, Error, ErrorKind, Patch,
    auth::{MemoryStore, OAuth2, OAuth2Config, SessionKey},
    download::Rendition,
    reqwest,
    search::{field, in_category, search},
    types::CategoryCreateRequest,
};
use oneteg_sandbox::{Sandbox, mediavalet};
use report::Report;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What is uploaded: 64 MiB, which go in blocks.
const SIZE: u64 = 64 << 20;
/// How long the sandbox may take to process it.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Outcome {
    let sandbox = Sandbox::start().await?;
    let mut report = Report::new("MediaValet, against the in-memory sandbox");
    let client = sign_in(&sandbox, &mut report).await?;
    let category = create_category(&client, &mut report).await?;

    let folder = tempfile::tempdir()?;
    let original = folder.path().join("film.mov");
    let sum = file::write(&original, SIZE)?;
    let asset = upload(&client, &original, &category, &mut report).await?;
    describe_and_find(&client, &asset, &category, &mut report).await?;
    survive(&sandbox, &client, &mut report).await?;

    let copy = folder.path().join("copy.mov");
    client.download(&asset, Rendition::Original).to_file(&copy).wait().await?;
    let (received, server) = (file::md5(&copy)?, server_sum(&client, &asset).await?);
    if sum != received || sum != server {
        return Err(format!("checksums differ: {sum} {received} {server}").into());
    }
    report.step("download", format!("md5 {sum} sent = received = server's"));

    refuse(&client, &mut report).await?;
    let leaked = sandbox.mediavalet().leaked_credentials();
    if leaked > 0 {
        return Err(format!("{leaked} requests took a credential to the storage").into());
    }
    report.step("credentials at the storage", "none".to_owned());
    report.print();
    Ok(())
}

/// Authorization code with PKCE. The sandbox approves at once, so that the browser is a plain GET.
async fn sign_in(sandbox: &Sandbox, report: &mut Report) -> Outcome<Client> {
    let account = sandbox.mediavalet().account();
    let issuer = sandbox.mediavalet_url().parse()?;
    let config = OAuth2Config::discover(&issuer, account.client_id.clone(), None)
        .await?
        .with_client_secret(account.client_secret.clone())
        .with_scopes(["openid", "api", "offline_access"]);
    let store = Arc::new(MemoryStore::new());
    let session = OAuth2::builder(config).store(store, SessionKey::new("demo")).build()?;
    let waiting = session.listen_for_sign_in().await?;
    // The SDK brings rustls without a default provider; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let page = reqwest::get(waiting.url().clone());
    let (signed_in, page) = tokio::join!(waiting.finish(), page);
    signed_in?;
    page?.error_for_status()?;
    let client = Client::builder()
        .base_url(sandbox.mediavalet_url())
        .subscription_key(account.subscription_key.clone())
        .authenticator(session)
        .build()?;
    let me = client.get_current_user().send().await?.into_inner();
    report.step("sign in", format!("as {}", me.user_name.unwrap_or_default()));
    Ok(client)
}

async fn create_category(client: &Client, report: &mut Report) -> Outcome<String> {
    let request = CategoryCreateRequest {
        tree_name: Some("Films".to_owned()),
        ..CategoryCreateRequest::default()
    };
    let made = client.create_category(request).send().await?.into_inner();
    let path = made.tree.and_then(|tree| tree.path).unwrap_or_default();
    report.step("create_category", path);
    Ok(made.id.ok_or("the category has no id")?)
}

/// The vendor's five steps in one call, and the wait until the asset is ready.
async fn upload(
    client: &Client,
    path: &std::path::Path,
    category: &str,
    report: &mut Report,
) -> Outcome<String> {
    let upload = client.upload(path).title("Demo film").category(category).keyword("demo");
    let mut upload = upload.wait_until_ready(PATIENCE).start().await?;
    let bar = tokio::spawn(report::bar(upload.progress()));
    let done = upload.wait().await?;
    // The bar ends when there is nobody left to tell of progress.
    drop(upload);
    bar.await?;
    report.step("upload", format!("asset {}, {} bytes", done.id, done.bytes));
    Ok(done.id)
}

async fn describe_and_find(
    client: &Client,
    asset: &str,
    category: &str,
    report: &mut Report,
) -> Outcome {
    let attributes = client.list_attributes().send().await?.into_inner();
    let attribute = attributes
        .into_iter()
        .find(|attribute| attribute.name.as_deref() == Some("Photographer"))
        .and_then(|attribute| attribute.id)
        .ok_or("there is no attribute Photographer")?;
    let patch = Patch::new()
        .replace("/description", "Waves, and nothing else")
        .replace(Patch::attribute_path(&attribute), "Ada");
    client.update_asset(asset, patch).send().await?;
    client.add_keywords_to_asset(asset, ["sea".to_owned()]).send().await?;
    let now = client.get_asset(asset).send().await?.into_inner();
    report.step(
        "update_asset",
        format!("{} {:?}", now.description.unwrap_or_default(), now.keywords.unwrap_or_default()),
    );

    let question = search()
        .text("waves demo")
        .filter(field("Photographer").eq("Ada").and(field("File Extension").eq("mov")))
        .within(in_category(category))
        .page(0, 10);
    let found = client.search_assets(question).send().await?.into_inner();
    let hit = found.assets.iter().flatten().any(|found| found.id.as_deref() == Some(asset));
    if !hit {
        return Err("not found again".into());
    }
    report.step("search_assets", format!("{} match", found.asset_count.unwrap_or_default()));
    Ok(())
}

/// A token that the server takes no longer is replaced, and the call goes on.
async fn survive(sandbox: &Sandbox, client: &Client, report: &mut Report) -> Outcome {
    sandbox.mediavalet().expire_access_tokens();
    let tokens = || {
        let requests = sandbox.mediavalet().requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some("token")).count()
    };
    let before = tokens();
    let total = client.list_assets().pages().all().await?.len();
    let renewed = tokens() - before;
    report.step("expired token", format!("{total} assets listed after {renewed} renewal"));
    Ok(())
}

async fn server_sum(client: &Client, asset: &str) -> Outcome<String> {
    let asset = client.get_asset(asset).send().await?.into_inner();
    Ok(asset.file.and_then(|file| file.md5).ok_or("the server has no checksum")?)
}

/// What a refused call looks like: a kind to match on, and a line to read.
async fn refuse(client: &Client, report: &mut Report) -> Outcome {
    let hidden = client.get_asset(mediavalet::RESTRICTED_ASSET).send().await;
    expect(report, "no permission", hidden.err(), ErrorKind::PermissionDenied)?;
    let unknown = client.get_asset("2c6b34da-c2fd-41ea-84ee-3ab32219b591").send().await;
    expect(report, "unknown asset", unknown.err(), ErrorKind::NotFound)
}

fn expect(report: &mut Report, call: &str, error: Option<Error>, kind: ErrorKind) -> Outcome {
    let error = error.ok_or("the call should have been refused")?;
    if error.kind() != kind {
        return Err(format!("expected {kind:?}, but: {error}").into());
    }
    report.step(&format!("error: {call}"), format!("{kind:?}: {error}"));
    Ok(())
}
