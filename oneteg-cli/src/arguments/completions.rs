//! `oneteg completions`.

use clap::Args;
use clap_complete::Shell;

/// Prints the completions of a shell
///
/// Bash: `oneteg completions bash > ~/.local/share/bash-completion/completions/oneteg`. Zsh: write them to a file `_oneteg`
/// in a folder of `$fpath`. Fish: `oneteg completions fish > ~/.config/fish/completions/oneteg.fish`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
