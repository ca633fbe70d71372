//! Completions and manual pages.

use crate::support::Home;

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_gets_completions() {
    let home = Home::new();
    for (shell, part) in [
        ("bash", "complete -F _oneteg"),
        ("zsh", "#compdef oneteg"),
        ("fish", "complete -c oneteg"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[oneteg]"),
    ] {
        let ran = home.run(&["completions", shell]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains(part) && ran.stdout.contains("connection"), "{shell}");
    }
    let ran = home.run(&["completions", "tcsh"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn manual_pages_are_printed_and_written() {
    let home = Home::new();
    let ran = home.run(&["man", "connection", "add"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(".TH ONETEG-CONNECTION-ADD 1"), "{ran:?}");
    let ran = home.run(&["man", "conection"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("there is no command `conection`"), "{ran:?}");

    let folder = home.folder().join("man1");
    let ran = home.run(&["man", "--folder", folder.to_str().unwrap()]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let pages: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|page| page.unwrap().path()).collect();
    assert!(pages.len() > 15, "{pages:?}");
    for name in ["oneteg.1", "oneteg-mcp.1", "oneteg-auth-login.1"] {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
}
