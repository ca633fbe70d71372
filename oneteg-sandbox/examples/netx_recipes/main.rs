//! Recipes for NetX: what integrators need, each in one file to copy.
//!
//! ```text
//! cargo run -p oneteg-sandbox --example netx_recipes               all of them, against the sandbox
//! cargo run -p oneteg-sandbox --example netx_recipes -- press-kit  one of them
//! ```
//! With `NETX_URL` and `NETX_API_KEY`, a recipe runs against that instance; it then needs its arguments, and changes data:
//!
//! | Recipe | Arguments |
//! |---|---|
//! | `duplicates` | id of a folder |
//! | `metadata` | CSV file |
//! | `mirror` | id of a folder, local folder |
//! | `press-kit` | id of a folder, title of the collection |
//! | `intake` | local folder, path of a folder in NetX |
#![allow(clippy::print_stdout)]

mod duplicates;
mod intake;
mod metadata;
mod mirror;
mod press_kit;

use std::{env, fs, path::Path};

use netx_sdk::Client;
use oneteg_sandbox::Sandbox;

type RecipeResult = Result<(), Box<dyn std::error::Error>>;

const RECIPES: [&str; 5] = ["duplicates", "intake", "metadata", "mirror", "press-kit"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> RecipeResult {
    let mut arguments = env::args().skip(1);
    let recipe = arguments.next();
    let arguments: Vec<String> = arguments.collect();
    if env::var_os("NETX_URL").is_some() {
        let recipe = recipe.ok_or("name a recipe to run it against your instance")?;
        return run(&Client::from_env()?, &recipe, &arguments).await;
    }
    let sandbox = Sandbox::start().await?;
    let client = Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key()).build()?;
    let local = tempfile::tempdir()?;
    for name in RECIPES {
        if recipe.as_deref().is_none_or(|recipe| recipe == name) {
            run(&client, name, &example_arguments(name, local.path())?).await?;
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
fn example_arguments(recipe: &str, local: &Path) -> Result<Vec<String>, std::io::Error> {
    let path = |name: &str| local.join(name).display().to_string();
    Ok(match recipe {
        "duplicates" => vec!["1".into()],
        "metadata" => {
            fs::write(
                local.join("metadata.csv"),
                "id,Photographer,Tags\n210,Bo Ferreira,chair|new\n",
            )?;
            vec![path("metadata.csv")]
        }
        "mirror" => vec!["5".into(), path("mirror")],
        "press-kit" => vec!["2".into(), "Press kit".into()],
        _ => {
            fs::create_dir_all(local.join("delivery"))?;
            fs::write(local.join("delivery/harbour.txt"), "A harbour at dawn")?;
            vec![path("delivery"), "Campaigns/Harbour".into()]
        }
    })
}

async fn run(client: &Client, recipe: &str, arguments: &[String]) -> RecipeResult {
    match (recipe, arguments) {
        ("duplicates", [folder]) => {
            let found = duplicates::find(client, folder.parse()?).await?;
            for duplicates in &found {
                println!(
                    "duplicates: {} in the assets {:?}",
                    duplicates.checksum, duplicates.asset_ids
                );
            }
            match duplicates::collect(client, &found).await? {
                Some(id) => println!("duplicates: review the collection {id}"),
                None => println!("duplicates: none"),
            }
        }
        ("metadata", [file]) => {
            let outcome = metadata::apply(client, fs::File::open(file)?).await?;
            for (line, reason) in &outcome.failed {
                println!("metadata: line {line}: {reason}");
            }
            println!("metadata: {} updated, {} unchanged", outcome.updated, outcome.unchanged);
        }
        ("mirror", [folder, target]) => {
            let outcome = mirror::run(client, folder.parse()?, Path::new(target)).await?;
            println!("mirror: {outcome:?}");
        }
        ("press-kit", [folder, title]) => {
            let (id, count) = press_kit::refresh(client, folder.parse()?, title).await?;
            println!("press-kit: collection {id} has {count} assets");
        }
        ("intake", [local, path]) => {
            println!("intake: {:?}", intake::run(client, Path::new(local), path).await?);
        }
        (recipe, _) if RECIPES.contains(&recipe) => {
            return Err(format!("`{recipe}` needs its arguments; see the head of this file").into());
        }
        (recipe, _) => return Err(unknown(recipe)),
    }
    Ok(())
}
