//! Recipes for NetExplorer: what integrators need, each in one file to copy.
//!
//! ```text
//! cargo run -p oneteg-sandbox --example netexplorer_recipes               all of them, against the sandbox
//! cargo run -p oneteg-sandbox --example netexplorer_recipes -- press-kit  one of them
//! ```
//! With the variables of `Client::from_env`, a recipe runs against that platform; it then needs its arguments, and changes
//! data:
//!
//! | Recipe | Arguments |
//! |---|---|
//! | `share-new-assets` | id of a folder, number of days; NetX by its own variables |
//! | `press-kit` | id of a folder; the password in `PRESS_KIT_PASSWORD` |
//! | `audit-shares` | number of days after which links without an end are to end |
//! | `archive` | id of a folder, id of the archive folder, number of days |
//! | `approvals` | id of the inbox, id of the folder of approved files |
#![allow(clippy::print_stdout)]

mod approvals;
mod archive;
mod audit_shares;
mod press_kit;
mod share_new_assets;

use std::{env, time::Duration};

use chrono::{TimeDelta, Utc};
use netexplorer_sdk::{Client, Secret};
use oneteg_sandbox::Sandbox;

type RecipeResult = Result<(), Box<dyn std::error::Error>>;

/// The names, with arguments that suit the sandbox's seed.
const RECIPES: [(&str, &[&str]); 5] = [
    ("share-new-assets", &["6", "3650"]),
    ("press-kit", &["3"]),
    ("audit-shares", &["30"]),
    ("approvals", &["4", "3"]),
    ("archive", &["2", "5", "365"]),
];

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[tokio::main(flavor = "current_thread")]
async fn main() -> RecipeResult {
    let mut arguments = env::args().skip(1);
    let recipe = arguments.next();
    let arguments: Vec<String> = arguments.collect();
    if env::var_os("NETEXPLORER_URL").is_some() {
        let recipe = recipe.ok_or("name a recipe to run it against your platform")?;
        let netx = || netx_sdk::Client::from_env();
        return run(&Client::from_env()?, netx, &recipe, &arguments).await;
    }
    let sandbox = Sandbox::start().await?;
    let token = sandbox.netexplorer().issue_access_token();
    let client = Client::builder(sandbox.netexplorer_url()).access_token(token).build()?;
    let netx =
        || netx_sdk::Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key()).build();
    if let Some(recipe) = recipe.as_deref().filter(|recipe| !is_known(recipe)) {
        return Err(unknown(recipe));
    }
    for (name, arguments) in RECIPES {
        if recipe.as_deref().is_none_or(|recipe| recipe == name) {
            let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
            run(&client, netx, name, &arguments).await?;
        }
    }
    Ok(())
}

fn is_known(recipe: &str) -> bool {
    RECIPES.iter().any(|(name, _)| *name == recipe)
}

fn unknown(recipe: &str) -> Box<dyn std::error::Error> {
    let names = RECIPES.map(|(name, _)| name);
    format!("there is no recipe `{recipe}`; the recipes are {}", names.join(", ")).into()
}

async fn run(
    client: &Client,
    netx: impl FnOnce() -> Result<netx_sdk::Client, netx_sdk::Error>,
    recipe: &str,
    arguments: &[String],
) -> RecipeResult {
    match (recipe, arguments) {
        ("approvals", [inbox, target]) => {
            let target = target.parse()?;
            let rules = approvals::Rules { approved: "Validé", rejected: "Refusé", target };
            println!("approvals: {:?}", approvals::run(client, inbox.parse()?, rules).await?);
        }
        ("archive", [folder, archive, days]) => {
            let before = Utc::now() - TimeDelta::days(days.parse()?);
            let outcome = archive::run(client, folder.parse()?, archive.parse()?, before).await?;
            println!("archive: {outcome:?}");
        }
        ("audit-shares", [days]) => {
            let findings = audit_shares::audit(client).await?;
            for finding in &findings {
                println!("audit-shares: {finding:?}");
            }
            let end = Utc::now() + TimeDelta::days(days.parse()?);
            let limited = audit_shares::limit(client, &findings, end).await?;
            println!("audit-shares: {limited} links have an end now");
        }
        ("press-kit", [folder]) => {
            let password = env::var("PRESS_KIT_PASSWORD").unwrap_or_else(|_| "embargo".to_owned());
            let folder = folder.parse()?;
            let url = press_kit::create(client, folder, Secret::from(password), WEEK).await?;
            println!("press-kit: {}", url.as_ref().map_or("no files", Secret::expose));
            println!("press-kit: {} ended links removed", press_kit::remove_ended(client).await?);
        }
        ("share-new-assets", [folder, days]) => {
            let since = Utc::now() - TimeDelta::days(days.parse()?);
            let folder = folder.parse()?;
            let url = share_new_assets::run(&netx()?, client, since, folder, WEEK).await?;
            println!("share-new-assets: {}", url.as_ref().map_or("no new assets", Secret::expose));
        }
        (recipe, _) if is_known(recipe) => {
            return Err(format!("`{recipe}` needs its arguments; see the head of this file").into());
        }
        (recipe, _) => return Err(unknown(recipe)),
    }
    Ok(())
}
