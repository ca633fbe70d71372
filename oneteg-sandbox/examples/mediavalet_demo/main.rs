//! A typical integration with MediaValet, end to end, without an account: `cargo xtask demo`.

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

type DemoResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The size of the file to upload, in bytes. It is large enough to be uploaded in blocks.
const FILE_SIZE: u64 = 64 << 20;
/// How long to wait for the new asset to be processed.
const PROCESSING_TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> DemoResult {
    let sandbox = Sandbox::start().await?;
    let mut report = Report::new("MediaValet, against the in-memory sandbox");
    let client = sign_in(&sandbox, &mut report).await?;
    let category = create_category(&client, &mut report).await?;

    let folder = tempfile::tempdir()?;
    let original = folder.path().join("film.mov");
    let sent = file::write(&original, FILE_SIZE)?;
    let asset = upload(&client, &original, &category, &mut report).await?;
    describe_and_find(&client, &asset, &category, &mut report).await?;
    renew_token(&sandbox, &client, &mut report).await?;

    let copy = folder.path().join("copy.mov");
    client.download(&asset, Rendition::Original).to_file(&copy).send().await?;
    let (received, server) = (file::md5(&copy)?, server_md5(&client, &asset).await?);
    if sent != received || sent != server {
        return Err(
            format!("checksums differ: sent {sent}, received {received}, server {server}").into()
        );
    }
    report.step("download", format!("md5 {sent} sent = received = server's"));

    refuse(&client, &mut report).await?;
    let leaked = sandbox.mediavalet().leaked_credentials();
    if leaked > 0 {
        return Err(format!("{leaked} requests sent a credential to the storage").into());
    }
    report.step("credentials sent to the storage", "none".to_owned());
    report.print();
    Ok(())
}

/// Signs in by authorization code with PKCE. The sandbox approves at once, so a plain GET replaces the browser.
async fn sign_in(sandbox: &Sandbox, report: &mut Report) -> DemoResult<Client> {
    let account = sandbox.mediavalet().account();
    let issuer = sandbox.mediavalet_url().parse()?;
    let config = OAuth2Config::discover(&issuer, account.client_id.clone(), None)
        .await?
        .with_client_secret(account.client_secret.clone())
        .with_scopes(["openid", "api", "offline_access"]);
    let store = Arc::new(MemoryStore::new());
    let session = OAuth2::builder(config).store(store, SessionKey::new("demo")).build()?;
    let waiting = session.listen_for_sign_in().await?;
    // The SDK uses rustls without a default provider. Installing it twice is harmless.
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

async fn create_category(client: &Client, report: &mut Report) -> DemoResult<String> {
    let request = CategoryCreateRequest::new().tree_name("Films");
    let created = client.create_category(request).send().await?.into_inner();
    let path = created.tree.and_then(|tree| tree.path).unwrap_or_default();
    report.step("create_category", path);
    Ok(created.id)
}

/// Uploads in one call, which takes the vendor's five steps, and waits until the asset is ready.
async fn upload(
    client: &Client,
    path: &std::path::Path,
    category: &str,
    report: &mut Report,
) -> DemoResult<String> {
    let upload = client.upload(path).title("Demo film").category(category).keyword("demo");
    let mut upload = upload.wait_until_ready(PROCESSING_TIMEOUT).start().await?;
    let bar = tokio::spawn(report::bar(upload.progress()));
    let done = upload.wait().await?;
    // The bar ends when the sender of progress is dropped.
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
) -> DemoResult {
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
    let updated = client.get_asset(asset).send().await?.into_inner();
    report.step(
        "update_asset",
        format!(
            "{} {:?}",
            updated.description.unwrap_or_default(),
            updated.keywords.unwrap_or_default()
        ),
    );

    let query = search()
        .text("waves demo")
        .filter(field("Photographer").eq("Ada").and(field("File Extension").eq("mov")))
        .within(in_category(category))
        .page(0, 10);
    let found = client.search_assets(query).send().await?.into_inner();
    let hit = found.assets.iter().flatten().any(|found| found.id == asset);
    if !hit {
        return Err("the search does not find the asset".into());
    }
    report.step("search_assets", format!("{} match", found.asset_count.unwrap_or_default()));
    Ok(())
}

/// Shows that an expired token is replaced while a list is read.
async fn renew_token(sandbox: &Sandbox, client: &Client, report: &mut Report) -> DemoResult {
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

async fn server_md5(client: &Client, asset: &str) -> DemoResult<String> {
    let asset = client.get_asset(asset).send().await?.into_inner();
    Ok(asset.file.and_then(|file| file.md5).ok_or("the server has no checksum")?)
}

/// Shows what a refused call returns: a kind to match on, and a readable message.
async fn refuse(client: &Client, report: &mut Report) -> DemoResult {
    let hidden = client.get_asset(mediavalet::RESTRICTED_ASSET).send().await;
    expect(report, "no permission", hidden.err(), ErrorKind::PermissionDenied)?;
    let unknown = client.get_asset("2c6b34da-c2fd-41ea-84ee-3ab32219b591").send().await;
    expect(report, "unknown asset", unknown.err(), ErrorKind::NotFound)
}

fn expect(report: &mut Report, call: &str, error: Option<Error>, kind: ErrorKind) -> DemoResult {
    let error = error.ok_or("the call should have been refused")?;
    if error.kind() != kind {
        return Err(format!("expected {kind:?}, but: {error}").into());
    }
    report.step(&format!("error: {call}"), format!("{kind:?}: {error}"));
    Ok(())
}
