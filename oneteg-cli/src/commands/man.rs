//! `oneteg man`: manual pages, made from the same descriptions as `--help`.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::{
    arguments::{Arguments, man::ManArguments},
    context::Context,
    error::CliError,
};

pub(crate) async fn run(context: &Context, arguments: ManArguments) -> Result<(), CliError> {
    let mut root = Arguments::command();
    root.build();
    let Some(folder) = arguments.folder else {
        let page = page(find(&root, &arguments.command)?, &arguments.command)?;
        let mut out = io::stdout().lock();
        return out.write_all(&page).and_then(|()| out.flush()).map_err(CliError::output);
    };
    std::fs::create_dir_all(&folder)?;
    let mut written = 0;
    for words in commands(&root) {
        let page = page(find(&root, &words)?, &words)?;
        std::fs::write(folder.join(format!("{}.1", title(&words))), page)?;
        written += 1;
    }
    context.note(format!("{written} manual pages in {}", folder.display()));
    Ok(())
}

/// The words of every command, without those that are hidden.
fn commands(root: &Command) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
        for mut words in commands(command) {
            words.insert(0, command.get_name().to_owned());
            found.push(words);
        }
    }
    found
}

fn find<'a>(root: &'a Command, words: &[String]) -> Result<&'a Command, CliError> {
    words.iter().try_fold(root, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            CliError::not_found(format!("there is no command `{}`", words.join(" ")))
                .with_hint(format!("Commands: {}", names.join(", ")))
        })
    })
}

fn title(words: &[String]) -> String {
    let mut title = String::from("oneteg");
    for word in words {
        title.push('-');
        title.push_str(word);
    }
    title
}

fn page(command: &Command, words: &[String]) -> Result<Vec<u8>, CliError> {
    let title = title(words);
    let command = command.clone().display_name(title.clone());
    let man = Man::new(command).title(title.to_uppercase()).section("1");
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok(page)
}
