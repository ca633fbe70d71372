use crate::support::{Home, Running};

fn url(lines: &[String], vendor: &str) -> String {
    let line = lines.iter().find(|line| line.trim_start().starts_with(vendor)).unwrap();
    line.split_whitespace().last().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_connects_and_leaves_nothing() {
    let home = Home::new();
    let mut sandbox = Running::start(home.oneteg(&["sandbox", "--connect"]));
    let lines = sandbox.read_to("Press Ctrl-C");
    assert!(url(&lines, "mediavalet").starts_with("http://127.0.0.1:"), "{lines:#?}");
    let names = home.profiles().list().unwrap();
    assert_eq!(names, ["sandbox-mediavalet", "sandbox-netexplorer", "sandbox-netx"]);
    for name in ["sandbox-netx", "sandbox-netexplorer"] {
        let ran = home.run(&["doctor", name]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(sandbox.signal("TERM"), Some(0));
    assert!(home.profiles().list().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_others_are_not_replaced() {
    let home = Home::new();
    let other = crate::support::netx_at("https://acme.netx.net");
    home.add("sandbox-netx", &other);
    let ran = home.run(&["sandbox", "--connect"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("exists and is not one of a sandbox"), "{ran:?}");
    assert!(ran.stderr.contains("Remove it with `oneteg connection remove sandbox-netx`"));
    assert_eq!(home.profiles().list().unwrap(), ["sandbox-netx"]);
    // Nor one to this machine that somebody added, whether or not its server runs.
    let by_hand = crate::support::netx_at("http://127.0.0.1:9");
    home.profiles().replace("sandbox-netx", &by_hand).unwrap();
    let ran = home.run(&["sandbox", "--connect"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let kept = home.profiles().load("sandbox-netx").unwrap();
    assert_eq!(kept.endpoint_url.as_deref(), Some("http://127.0.0.1:9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_a_sandbox_are_replaced_only_after_its_end() {
    let home = Home::new();
    let mut first = Running::start(home.oneteg(&["sandbox", "--connect"]));
    let lines = first.read_to("Press Ctrl-C");
    let ran = home.run(&["sandbox", "--connect"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("leads to another sandbox, which runs"), "{ran:?}");
    let kept = home.profiles().load("sandbox-netx").unwrap();
    assert_eq!(kept.endpoint_url.unwrap(), url(&lines, "netx"));
    // What a killed sandbox left is replaced, also by one at the same port.
    let port = url(&lines, "netx").rsplit(':').next().unwrap().to_owned();
    assert_eq!(first.signal("KILL"), None);
    assert_eq!(home.profiles().list().unwrap().len(), 3);
    let mut second = Running::start(home.oneteg(&["sandbox", "--connect", "--netx-port", &port]));
    let lines = second.read_to("Press Ctrl-C");
    let connection = home.profiles().load("sandbox-mediavalet").unwrap();
    assert_eq!(connection.endpoint_url.unwrap(), url(&lines, "mediavalet"));
    // What somebody has changed meanwhile stays.
    let mut changed = home.profiles().load("sandbox-netx").unwrap();
    changed.connection_name = "mine".to_owned();
    home.profiles().replace("sandbox-netx", &changed).unwrap();
    assert_eq!(second.signal("TERM"), Some(0));
    assert_eq!(home.profiles().list().unwrap(), ["sandbox-netx"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_seeds_are_those_of_the_options() {
    let home = Home::new();
    let fault = "netx:503,operation=get-self,times=always,header=retry-after:0";
    let arguments = ["sandbox", "--connect", "--seed", "empty", "--fault", fault];
    let mut sandbox = Running::start(home.oneteg(&arguments));
    sandbox.read_to("Press Ctrl-C");
    let ran = home.run(&["doctor", "--json", "sandbox-netx"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("503"), "{ran:?}");
    let ran = home.run(&["sandbox-netx", "get-folders-by-parent", "1"]).await;
    let folders: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &folders["size"]), (Some(0), &serde_json::json!(0)), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_other_kinds_are_those_of_the_options() {
    let home = Home::new();
    let arguments = [
        "sandbox",
        "--connect",
        "--generated-assets",
        "1000000",
        "--deny",
        "netx:tag:users,getFile",
    ];
    let mut sandbox = Running::start(home.oneteg(&arguments));
    sandbox.read_to("Press Ctrl-C");
    let ran = home
        .run(&["sandbox-netx", "get-assets-by-folder", "1", "true", "--all", "--limit", "1"])
        .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = home.run(&["sandbox-netx", "get-self"]).await;
    assert!(ran.stderr.contains("3004"), "{ran:?}");
    let ran = home.run(&["sandbox", "--deny", "getSelfie"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("`getSelfie` is neither an operation nor"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_and_a_wrong_fault_are_named() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = home.run(&["sandbox", "--netx-port", &port]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{ran:?}");
    let ran = home.run(&["sandbox", "--fault", "netx:500,operation=getAset"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("did you mean `getAssets`?"), "{ran:?}");
}
