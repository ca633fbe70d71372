//! Servers in the shape of what people who integrate such APIs report: odd types, capped totals, redirects, pages of
//! HTML, truncated JSON, successes with an error in the body, slow bytes. A run names what it saw and never stops
//! half-way.

mod proxy;

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{Kind, Outcome, Report};
use serde_json::{Value, json};

use self::proxy::{Oddity, Proxy, Rule};
use crate::{
    common::Vendors,
    world::{World, differences, operation},
};

/// An operation, how it is recognised, what happens to it, what is found at which place, and what became of it.
struct Case {
    operation: &'static str,
    rule: Rule,
    found: &'static [(&'static str, Kind)],
    outcome: Outcome,
}

const fn case(
    operation: &'static str,
    key: &'static str,
    oddity: Oddity,
    found: &'static [(&'static str, Kind)],
    outcome: Outcome,
) -> Case {
    Case { operation, rule: (key, oddity), found, outcome }
}

/// A user whose vendors are behind proxies.
fn behind(netx: &[Case], mediavalet: &[Case], netexplorer: &[Case]) -> (World, [Proxy; 3]) {
    let mut vendors = Vendors::start();
    let rules = |cases: &[Case]| cases.iter().map(|case| case.rule).collect();
    let proxies = [
        Proxy::start(&vendors.netx, rules(netx)),
        Proxy::start(&vendors.mediavalet, rules(mediavalet)),
        Proxy::start(&vendors.netexplorer, rules(netexplorer)),
    ];
    vendors.netx.clone_from(&proxies[0].url);
    vendors.mediavalet.clone_from(&proxies[1].url);
    vendors.netexplorer.clone_from(&proxies[2].url);
    (World::of(vendors), proxies)
}

/// What is not as it should be: all of it, so that a person sees it at once.
fn problems(connection: &str, report: &Report, cases: &[Case]) -> Vec<String> {
    let mut problems: Vec<String> = report.ended.iter().cloned().collect();
    for case in cases {
        let seen = operation(report, case.operation);
        let found: BTreeSet<(&str, Kind)> =
            seen.findings.iter().map(|found| (found.place.as_str(), found.kind)).collect();
        let expected: BTreeSet<(&str, Kind)> = case.found.iter().copied().collect();
        let has_reason = seen.outcome == Outcome::Seen || seen.reason.is_some();
        if found != expected || seen.outcome != case.outcome || !has_reason {
            problems.push(format!(
                "{connection} {}: {:?}, {:?}, {found:?}",
                case.operation, seen.outcome, seen.reason
            ));
        }
    }
    // The other operations are as they always were.
    let is_other = |shown: &String| {
        !cases.iter().any(|case| shown.starts_with(&format!("{} ", case.operation)))
    };
    problems.extend(differences(report).into_iter().filter(is_other));
    problems
}

fn each(list: &mut Value, change: impl Fn(&mut Value)) {
    list.as_array_mut().unwrap().iter_mut().for_each(change);
}

fn before(mut text: Vec<u8>, start: &[u8]) -> Vec<u8> {
    text.splice(..0, start.iter().copied());
    text
}

/// Replaces the first value of a member.
fn replace(text: Vec<u8>, member: &str, value: &[u8]) -> Vec<u8> {
    let key = format!("\"{member}\":");
    let start =
        text.windows(key.len()).position(|part| part == key.as_bytes()).unwrap() + key.len();
    let end = start + text[start..].iter().position(|byte| b",}".contains(byte)).unwrap();
    [&text[..start], value, &text[end..]].concat()
}

const NETX: &[Case] = &[
    case(
        "getFoldersByParent",
        "getFoldersByParent",
        Oddity::Json(|body| {
            each(&mut body["result"]["results"], |folder| {
                folder["description"] = json!(false);
                folder["children"] = json!({});
            });
        }),
        &[("/results/*/description", Kind::Type), ("/results/*/children", Kind::Type)],
        Outcome::Seen,
    ),
    case(
        "getAssetsByQuery",
        "getAssetsByQuery",
        Oddity::Json(|body| body["result"]["size"] = json!(1)),
        &[("/size", Kind::Paging)],
        Outcome::Seen,
    ),
    case(
        "getAssetAttributes",
        "getAssetAttributes",
        Oddity::Instead(200, "text/html", "<html><body>Your session has ended</body></html>"),
        &[("", Kind::Content), ("", Kind::MediaType)],
        Outcome::Failed,
    ),
    case(
        "getCollections",
        "getCollections",
        Oddity::Truncated,
        &[("", Kind::Content)],
        Outcome::Failed,
    ),
    case(
        "getGroupsByUser",
        "getGroupsByUser",
        Oddity::Instead(200, "application/json", r#"{"error": "Permission denied"}"#),
        &[
            ("envelope:/error", Kind::Envelope),
            ("envelope:/jsonrpc", Kind::Envelope),
            ("envelope:/id", Kind::Envelope),
        ],
        Outcome::Failed,
    ),
    case("getCollectionsByUser", "getCollectionsByUser", Oddity::Slow, &[], Outcome::Seen),
    case(
        "getViewsByAsset",
        "getViewsByAsset",
        Oddity::Bytes(|text| {
            before(text, b"<br />\n<b>Notice</b>: Undefined index in view.php on line 9\n")
        }),
        &[("", Kind::Content)],
        Outcome::Failed,
    ),
    case(
        "getFolderByPath",
        "getFolderByPath",
        Oddity::Bytes(|text| before(text, "\u{feff}".as_bytes())),
        &[],
        Outcome::Seen,
    ),
    case(
        "getCollection",
        "getCollection",
        Oddity::Bytes(|text| replace(text, "title", b"\"caf\xe9\"")),
        &[("", Kind::Content)],
        Outcome::Seen,
    ),
    case(
        "getValuesByAttribute",
        "getValuesByAttribute",
        Oddity::Instead(500, "text/plain", "Internal error"),
        &[],
        Outcome::Failed,
    ),
    case(
        "getAssetThumbnail",
        "/api/file/asset/*/thumbnail",
        Oddity::Login,
        &[("", Kind::Status), ("", Kind::Content), ("", Kind::MediaType)],
        Outcome::Failed,
    ),
];

const MEDIAVALET: &[Case] = &[
    case(
        "listKeywords",
        "/keywords",
        Oddity::Json(|body| {
            let members = body.as_object_mut().unwrap();
            members.remove("recordCount");
            members.remove("meta");
            members["apiVersion"] = json!("2022.11.3-build7");
        }),
        &[],
        Outcome::Seen,
    ),
    case(
        "listUsers",
        "/users",
        Oddity::Json(|body| body["payload"] = body["payload"]["users"].take()),
        &[("", Kind::Type)],
        Outcome::Seen,
    ),
    case(
        "listAttributes",
        "/attributes",
        Oddity::Json(|body| {
            body["payload"] = Value::Null;
            body["errors"] = json!([{ "code": 17, "message": "canary" }]);
        }),
        &[],
        Outcome::Failed,
    ),
    case(
        "getCurrentOrgUnit",
        "/organizationalunits/current",
        Oddity::Slash,
        &[("", Kind::Status)],
        Outcome::Seen,
    ),
    case("listUserGroups", "/groups", Oddity::Once(429, "{}"), &[], Outcome::Seen),
    case(
        "listApprovers",
        "/users/approvers",
        Oddity::Instead(202, "application/json", r#"{"status": "pending"}"#),
        &[("", Kind::Status), ("envelope:", Kind::Envelope), ("/status", Kind::UnknownMember)],
        Outcome::Seen,
    ),
    case(
        "listRenditionKinds",
        "/config/renditionkinds",
        Oddity::Huge,
        &[("", Kind::Content)],
        Outcome::Failed,
    ),
];

const NETEXPLORER: &[Case] = &[
    case(
        "listTags",
        "/api/tags",
        Oddity::Json(|body| {
            let items = body.as_array().unwrap().iter().enumerate();
            *body = items
                .map(|(index, tag)| ((index * 2).to_string(), tag.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }),
        &[("", Kind::Type)],
        Outcome::Seen,
    ),
    case(
        "getFolder",
        "/api/folder/*",
        Oddity::Json(|folder| {
            folder["content"] = json!([]);
            folder["creation"] = json!("0000-00-00 00:00:00");
        }),
        &[("/content", Kind::Type), ("/creation", Kind::Format)],
        Outcome::Seen,
    ),
    case(
        "listUsers",
        "/api/users",
        Oddity::Bytes(|text| replace(text, "lastname", br#""party \ud83d""#)),
        &[("", Kind::Content)],
        Outcome::Seen,
    ),
    case(
        "listOauthApps",
        "/api/oauth2/apps",
        Oddity::Json(|body| {
            each(body, |app| {
                app["clientId"] = app["client_id"].clone();
            });
        }),
        &[],
        Outcome::Seen,
    ),
    case(
        "getAccount",
        "/api/account",
        Oddity::Instead(
            200,
            "application/json",
            r#"{"error": {"code": 401, "message": "canary"}}"#,
        ),
        &[("/error", Kind::UnknownMember), ("/id", Kind::Missing)],
        Outcome::Seen,
    ),
    case(
        "getQuotas",
        "/api/quotas",
        Oddity::Instead(204, "", ""),
        &[("", Kind::Status), ("", Kind::Content)],
        Outcome::Seen,
    ),
    case(
        "listTrashItems",
        "/api/trashes",
        Oddity::Instead(200, "text/html", "<html>Maintenance</html>"),
        &[("", Kind::Content), ("", Kind::MediaType)],
        Outcome::Failed,
    ),
    case(
        "listLogs",
        "/api/logs",
        Oddity::Login,
        &[("", Kind::Status), ("", Kind::Content), ("", Kind::MediaType)],
        Outcome::Failed,
    ),
];

#[test]
fn what_odd_servers_do_is_named_and_the_run_ends() {
    let (world, _proxies) = behind(NETX, MEDIAVALET, NETEXPLORER);
    let mut problems = Vec::new();
    for (connection, cases) in [("nx", NETX), ("mv", MEDIAVALET), ("ne", NETEXPLORER)] {
        let report = world.verified(connection);
        problems.extend(self::problems(connection, &report, cases));
        // What a server writes into an error is no word of the vendor.
        assert!(!world.page(connection).contains("canary"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Nothing but odd responses.
#[test]
fn a_server_that_is_odd_everywhere_does_not_stop_the_run() {
    let everything: &[(&str, Oddity)] = &[
        ("html", Oddity::Instead(200, "text/html", "<html></html>")),
        ("empty", Oddity::Instead(200, "", "")),
        ("error", Oddity::Instead(200, "application/json", r#"{"error": null}"#)),
        ("deep", Oddity::Bytes(|_| [vec![b'['; 5000], vec![b']'; 5000]].concat())),
        ("truncated", Oddity::Truncated),
    ];
    for (name, oddity) in everything {
        let cases: Vec<Rule> = [
            "getFoldersByParent",
            "getFolderByPath",
            "getFoldersByNameFilter",
            "getSelf",
            "getAttributes",
            "getCollections",
            "getAssetsByQuery",
            "getGroupsByUser",
        ]
        .iter()
        .map(|method| (*method, *oddity))
        .collect();
        let mut vendors = Vendors::start();
        let proxy = Proxy::start(&vendors.netx, cases);
        vendors.netx.clone_from(&proxy.url);
        let world = World::of(vendors);
        let done = world.verify("nx", &[]);
        let report = world.report("nx");
        // Nothing that a server with pages of HTML sends can be compared.
        let expected = if *name == "html" { &[1][..] } else { &[0, 5, 6, 7, 8] };
        assert!(expected.contains(&done.code), "{name}: {done:?}");
        let looked: Vec<_> = report.operations.iter().filter(|seen| seen.calls > 0).collect();
        assert!(looked.len() >= 4, "{name}: {done:?}");
        assert!(
            report
                .operations
                .iter()
                .all(|seen| seen.outcome == Outcome::Seen || seen.reason.is_some()),
            "{name}"
        );
    }
}
