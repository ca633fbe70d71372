//! Recipes for MediaValet: what integrators need, each in one file to copy.
//!
//! ```text
//! cargo run -p oneteg-sandbox --example mediavalet_recipes               all of them, against the sandbox
//! cargo run -p oneteg-sandbox --example mediavalet_recipes -- press-kit  one of them
//! ```
//! With `MEDIAVALET_SUBSCRIPTION_KEY` and `MEDIAVALET_ACCESS_TOKEN`, a recipe runs against your library; it then needs its
//! arguments, and changes data:
//!
//! | Recipe | Arguments |
//! |---|---|
//! | `approve` | names of the required attributes |
//! | `archive` | path of a category, date, path of the archive's category |
//! | `press-kit` | path of a category, name of the kit; without the path: withdraws the kit |
//! | `tags` | CSV file; `--apply` changes what it finds |
//! | `webhook` | public URL of this program, secret, local folder |
#![allow(clippy::print_stdout)]

mod approve;
mod archive;
mod press_kit;
mod tags;
mod webhook;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use mediavalet_sdk::{Client, Error, FilePart, Patch};
use oneteg_sandbox::Sandbox;
use tokio::net::TcpListener;

type RecipeResult = Result<(), Box<dyn std::error::Error>>;

const RECIPES: [&str; 5] = ["approve", "archive", "press-kit", "tags", "webhook"];

/// The number of new assets that may wait for the webhook's worker.
const QUEUE: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> RecipeResult {
    let mut arguments = env::args().skip(1);
    let recipe = arguments.next();
    let arguments: Vec<String> = arguments.collect();
    if env::var_os("MEDIAVALET_SUBSCRIPTION_KEY").is_some() {
        let recipe = recipe.ok_or("name a recipe to run it against your library")?;
        return run(&Client::from_env()?, &recipe, &arguments).await;
    }
    let sandbox = Sandbox::start().await?;
    let client = Client::builder()
        .base_url(sandbox.mediavalet_url())
        .subscription_key(sandbox.mediavalet().account().subscription_key.clone())
        .access_token(sandbox.mediavalet().issue_access_token())
        .build()?;
    let local = tempfile::tempdir()?;
    for name in RECIPES {
        if recipe.as_deref().is_some_and(|recipe| recipe != name) {
            continue;
        }
        if name == "webhook" {
            receive_one(&sandbox, &client, local.path()).await?;
        } else {
            run(&client, name, &example_arguments(&client, name, local.path()).await?).await?;
        }
    }
    match recipe {
        Some(recipe) if !RECIPES.contains(&&*recipe) => Err(unknown(&recipe)),
        _ => Ok(()),
    }
}

fn unknown(recipe: &str) -> Box<dyn std::error::Error> {
    format!("there is no recipe `{recipe}`; the recipes are {}", RECIPES.join(", ")).into()
}

/// Arguments that suit the sandbox's seed.
async fn example_arguments(
    client: &Client,
    recipe: &str,
    local: &Path,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    Ok(match recipe {
        "approve" => {
            // The seed has no asset that waits.
            let pending = Patch::new().replace("/status", 2).replace("/description", "A shoe");
            client.update_asset("a55e7000-0000-4000-8000-000000000001", pending).send().await?;
            vec!["Photographer".into()]
        }
        "archive" => vec!["Products".into(), "2024-01-01T00:00:00Z".into(), "Archive".into()],
        "press-kit" => vec!["Places".into(), "Spring".into()],
        _ => {
            let file = local.join("tags.csv");
            fs::write(&file, "old,new\nshoe,footwear\nbrand,\n")?;
            vec![file.display().to_string(), "--apply".into()]
        }
    })
}

async fn run(client: &Client, recipe: &str, arguments: &[String]) -> RecipeResult {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (recipe, arguments.as_slice()) {
        ("approve", required) => {
            let outcome = approve::review(client, required).await?;
            for (id, missing) in &outcome.incomplete {
                println!("approve: asset {id} lacks {missing}");
            }
            println!("approve: {} approved", outcome.approved.len());
        }
        ("archive", [category, before, archive]) => {
            let outcome = archive::run(client, category, before.parse()?, archive).await?;
            println!("archive: {outcome:?}");
        }
        ("press-kit", [kit]) => {
            println!("press-kit: {} links withdrawn", press_kit::withdraw(client, kit).await?);
        }
        ("press-kit", [category, kit]) => {
            let category = client.find_category(category).await?.ok_or("no such category")?;
            for (file, url) in press_kit::publish(client, &category.id, kit).await? {
                println!("press-kit: {file}: {url}");
            }
        }
        ("tags", [file, apply @ ..]) => {
            let apply = apply.contains(&"--apply");
            println!("tags: {:?}", tags::clean_up(client, fs::File::open(file)?, apply).await?);
        }
        ("webhook", [url, secret, folder]) => {
            let (found, queue) = tokio::sync::mpsc::channel(QUEUE);
            let listener = TcpListener::bind("0.0.0.0:8080").await?;
            let url = format!("{}/mediavalet/{secret}", url.trim_end_matches('/'));
            let server = axum::serve(listener, webhook::routes(secret, found));
            // The handshake comes while the subscription is made, so the server must run by then.
            let work = async {
                webhook::subscribe(client, &url).await?;
                webhook::work(client, Path::new(folder), queue, print).await;
                RecipeResult::Ok(())
            };
            tokio::select! {
                served = server => served?,
                worked = work => worked?,
            }
        }
        (recipe, _) if RECIPES.contains(&recipe) => {
            return Err(format!("`{recipe}` needs its arguments; see the head of this file").into());
        }
        (recipe, _) => return Err(unknown(recipe)),
    }
    Ok(())
}

/// Runs the webhook for one upload to the sandbox, which delivers to this machine.
async fn receive_one(sandbox: &Sandbox, client: &Client, local: &Path) -> RecipeResult {
    let (found, queue) = tokio::sync::mpsc::channel(QUEUE);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/mediavalet/secret", listener.local_addr()?);
    let routes = webhook::routes("secret", found);
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });
    webhook::subscribe(client, &url).await?;
    let category = client.find_or_create_category("Inbox").await?;
    let file = FilePart::new("note.txt", b"New".to_vec());
    client.upload(file).category(category.id).send().await?;
    sandbox.mediavalet().webhooks_delivered().await;
    // Without the server, the queue ends, and so does the work.
    server.abort();
    webhook::work(client, local, queue, print).await;
    Ok(())
}

fn print(asset: &str, result: Result<Option<PathBuf>, Error>) {
    match result {
        Ok(Some(path)) => println!("webhook: downloaded {}", path.display()),
        Ok(None) => println!("webhook: asset {asset} is there already"),
        Err(error) => println!("webhook: asset {asset}: {error}"),
    }
}
