use oneteg_catalog::evidence::{Finding, Kind, Member, Outcome, Response, Shape};
use serde_json::json;

use super::*;

/// An operation of which a response was compared.
fn compared(operation: &str, places: &[(&str, u64)]) -> Operation {
    let mut seen = Operation::new(operation);
    seen.outcome = Outcome::Seen;
    seen.calls = 1;
    for (place, present) in places {
        let mut member = Member::new(*place, None);
        member.present = *present;
        member.absent = u64::from(*present == 0) * 3;
        seen.members.push(member);
    }
    seen
}

fn finding(place: &str, kind: Kind, value: &Value) -> Finding {
    let mut finding = Finding::new(place, kind);
    finding.said = Some("array".to_owned());
    finding.seen.record(value, 6);
    finding
}

/// The verdicts of the doubts of an operation or schema: the question, the verdict, what was seen, the reason.
fn verdicts(
    vendor: &str,
    subject: &str,
    operations: &[Operation],
    paging: &[Paging],
) -> Vec<(String, Verdict, Value, String)> {
    let catalog = oneteg_catalog::of(vendor).unwrap();
    judge(catalog, operations, paging, &[])
        .into_iter()
        .filter(|row| {
            [&row.operation, &row.schema].into_iter().flatten().any(|name| name == subject)
        })
        .map(|row| {
            let ask = row.probe.unwrap_or_default();
            (ask, row.verdict, row.seen.unwrap_or_default(), row.reason.unwrap_or_default())
        })
        .collect()
}

/// The only verdict of a question.
fn verdict(vendor: &str, subject: &str, ask: &str, seen: Operation) -> (Verdict, Value, String) {
    let mut verdicts = verdicts(vendor, subject, &[seen], &[]);
    verdicts.retain(|(asked, ..)| asked == ask);
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    let (_, verdict, seen, reason) = verdicts.remove(0);
    (verdict, seen, reason)
}

#[test]
fn every_probe_has_a_row_with_a_reason_or_something_seen() {
    for vendor in oneteg_catalog::VENDORS {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let rows = judge(catalog, &[], &[], &[]);
        let probes: usize = catalog.doubts.iter().map(|doubt| doubt.probes.len()).sum();
        assert_eq!(rows.len(), probes);
        for row in rows {
            assert!(row.reason.is_some(), "{row:?}");
            assert!(!matches!(row.verdict, Verdict::Confirmed | Verdict::Contradicted), "{row:?}");
        }
    }
}

/// A reason of each operation, so that the most frequent one is that of one of them.
#[test]
fn what_several_operations_return_has_the_most_frequent_reason() {
    let mut reasons = Vec::new();
    for vendor in oneteg_catalog::VENDORS {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let failed = catalog.operations.iter().map(|entry| {
            let mut failed = Operation::new(&entry.operation_id);
            failed.outcome = Outcome::Failed;
            failed.reason = Some(format!("{} failed", entry.operation_id));
            failed
        });
        let rows = judge(catalog, &failed.collect::<Vec<_>>(), &[], &[]);
        reasons.extend(rows.into_iter().filter_map(|row| row.reason));
    }
    reasons.retain(|reason| reason.starts_with("none of the "));
    let one = " operations that return it could be read; for one of them: ";
    assert!(reasons.iter().any(|reason| reason.contains(one)), "{reasons:?}");
    assert!(reasons.iter().all(|reason| !reason.contains("for 1 of")), "{reasons:?}");
}

#[test]
fn a_list_that_is_one_is_confirmed() {
    let of = |operation: Operation| verdict("netexplorer", "listUsers", "shape", operation);
    assert_eq!(of(compared("listUsers", &[("", 1)])).0, Verdict::Confirmed);
    let mut wrapped = compared("listUsers", &[("", 1)]);
    wrapped.findings.push(finding("", Kind::Type, &json!({ "users": [] })));
    let (verdict, seen, how) = of(wrapped);
    assert_eq!((verdict, seen), (Verdict::Contradicted, json!("object")));
    assert_eq!(how, "object instead of array");
}

#[test]
fn what_was_not_called_has_the_reason_of_the_operation() {
    let mut refused = Operation::new("listUsers");
    refused.outcome = Outcome::Refused;
    let (verdict, _, why) = verdict("netexplorer", "listUsers", "shape", refused);
    assert_eq!(verdict, Verdict::NotReachable);
    assert_eq!(why, "the account may not call the operation");
    let rows = verdicts("netexplorer", "createTag", &[], &[]);
    assert_eq!(rows[0].1, Verdict::NeedsWrite, "{rows:?}");
}

#[test]
fn further_members_contradict() {
    let places = [("", 1), ("/*", 2), ("/*/id", 2)];
    // An empty list shows nothing.
    let empty = compared("listShares", &[("", 1)]);
    assert_eq!(verdict("netexplorer", "Share", "members", empty).0, Verdict::NotReachable);
    let (known, ..) = verdict("netexplorer", "Share", "members", compared("listShares", &places));
    assert_eq!(known, Verdict::Confirmed);
    let mut seen = compared("listShares", &places);
    let mut further = finding("/*/colour", Kind::UnknownMember, &json!("red"));
    further.schema = Some("Share".to_owned());
    seen.findings.push(further);
    // That of another schema inside is not counted.
    let mut other = finding("/*/owner/age", Kind::UnknownMember, &json!(3));
    other.schema = Some("User".to_owned());
    seen.findings.push(other);
    let (verdict, names, _) = verdict("netexplorer", "Share", "members", seen);
    assert_eq!((verdict, names), (Verdict::Contradicted, json!("colour")));
}

#[test]
fn other_spellings_contradict() {
    let seen = || compared("getFile", &[("", 1), ("/nb_versions", 1)]);
    let operations = |seen: Operation| verdicts("netexplorer", "TimelineEntry", &[seen], &[]);
    assert!(operations(seen()).iter().all(|row| row.1 == Verdict::NotReachable));
    let mut timeline = compared("listFileTimeline", &[("", 1), ("/*", 1), ("/*/user_id", 1)]);
    let catalog = oneteg_catalog::of("netexplorer").unwrap();
    let id = catalog
        .operations
        .iter()
        .find(|entry| entry.path == "/file/{fileId}/timeline")
        .map(|entry| entry.operation_id.clone())
        .unwrap();
    timeline.operation = id;
    let spelling = |rows: Vec<(String, Verdict, Value, String)>| {
        rows.into_iter().find(|row| row.0 == "spelling").unwrap()
    };
    assert_eq!(spelling(operations(timeline.clone())).1, Verdict::Confirmed);
    timeline.members[2].aliases.insert("userId".to_owned(), 1);
    let row = spelling(operations(timeline));
    assert_eq!((row.1, row.2), (Verdict::Contradicted, json!("userId")));
}

#[test]
fn a_member_is_confirmed_by_its_type_only() {
    let places = |present| [("", 1), ("/level", present)];
    let of = |seen: Operation| {
        let rows = verdicts("netx", "User", &[seen], &[]);
        let (.., verdict, seen, why) = rows.into_iter().find(|row| row.0 == "member").unwrap();
        (verdict, seen, why)
    };
    let (absent, _, why) = of(compared("getSelf", &places(0)));
    assert_eq!((absent, why.as_str()), (Verdict::NotReachable, "absent in all 3 objects"));
    let mut free = compared("getSelf", &places(2));
    let mut shape = Shape::default();
    shape.record(&json!(5), 1);
    free.members[1].seen = Some(shape);
    assert_eq!(of(free).0, Verdict::Answered);
}

#[test]
fn statuses_and_media_types_are_answered() {
    let mut seen = compared("getSignatureAudit", &[("", 1)]);
    let catalog = oneteg_catalog::of("netexplorer").unwrap();
    let doubt =
        catalog.doubts.iter().find(|doubt| doubt.doubt == "The file format is unknown.").unwrap();
    let operation = doubt.operation.clone().unwrap();
    seen.operation.clone_from(&operation);
    seen.responses.push(Response::new(200, "application/zip", true));
    let (verdict, media_type, _) = verdict("netexplorer", &operation, "media_type", seen);
    assert_eq!((verdict, media_type), (Verdict::Answered, json!("application/zip")));
}

#[test]
fn an_experiment_settles_how_pages_are_selected() {
    let of = |style: &str| {
        let mut experiment = Paging::new("listUsers");
        experiment.style = style.to_owned();
        if style == "offset" {
            experiment.start = Some("offset".to_owned());
            experiment.size = Some("limit".to_owned());
        }
        let seen = compared("listUsers", &[("", 1)]);
        let rows = verdicts("netexplorer", "listUsers", &[seen], &[experiment]);
        rows.into_iter().find(|row| row.0 == "paging").unwrap()
    };
    assert_eq!(of("single").1, Verdict::Confirmed);
    let found = of("offset");
    assert_eq!((found.1, found.2), (Verdict::Contradicted, json!(["offset", "limit"])));
}

#[test]
fn an_answer_of_a_call_counts() {
    let catalog = oneteg_catalog::of("netx").unwrap();
    let number = catalog.doubts.iter().position(|doubt| doubt.probes[0].ask == Ask::Order).unwrap();
    let answers = [((number, 0), Judgement::answered("preserved"))];
    let rows = judge(catalog, &[], &[], &answers);
    let row = rows.iter().find(|row| row.probe.as_deref() == Some("order")).unwrap();
    assert_eq!((row.verdict, &row.seen), (Verdict::Answered, &Some(json!("preserved"))));
}

#[test]
fn values_statuses_and_contents_have_verdicts() {
    // Values are never certain.
    let mut seen = compared("listPredefinedCropTemplates", &[("", 1)]);
    seen.operation = "listDirectLinks".to_owned();
    let rows = verdicts("mediavalet", "DirectLinkState", &[seen], &[]);
    let values = rows.iter().find(|row| row.0 == "values").unwrap();
    assert_eq!(values.1, Verdict::NotReachable);

    let mut metadata = compared("listAssetMetadata", &[("", 1)]);
    metadata.responses.push(Response::new(200, "application/json", false));
    metadata.responses.push(Response::new(202, "application/json", true));
    let (status, seen, _) = verdict("mediavalet", "listAssetMetadata", "status", metadata);
    assert_eq!((status, seen), (Verdict::Answered, json!([200, 202])));

    let mut events = compared("listWebhookEventTypes", &[("", 1)]);
    let mut shape = Shape::default();
    shape.record(&json!([{ "name": "a" }]), 3);
    events.members[0].seen = Some(shape);
    let (content, seen, _) = verdict("mediavalet", "listWebhookEventTypes", "content", events);
    assert_eq!((content, seen), (Verdict::Answered, json!("array")));
}

#[test]
fn a_write_is_judged_where_it_was_made() {
    let made = || compared("deleteLightbox", &[]);
    assert_eq!(verdict("mediavalet", "deleteLightbox", "empty", made()).0, Verdict::Confirmed);
    let mut content = made();
    content.findings.push(finding("", Kind::Content, &json!({ "id": 1 })));
    let (verdict, seen, _) = verdict("mediavalet", "deleteLightbox", "empty", content);
    assert_eq!((verdict, seen), (Verdict::Contradicted, json!("object")));
}

#[test]
fn a_call_that_the_server_does_not_know_is_contradicted() {
    let of = |status: u16, outcome: Outcome| {
        let mut seen = Operation::new("getFoldersByNameFilter");
        seen.outcome = outcome;
        seen.responses.push(Response::new(status, "application/json", false));
        verdict("netx", "getFoldersByNameFilter", "call", seen).0
    };
    assert_eq!(of(404, Outcome::Failed), Verdict::Contradicted);
    assert_eq!(of(500, Outcome::Failed), Verdict::NotReachable);
    assert_eq!(of(403, Outcome::Refused), Verdict::NotReachable);
    assert_eq!(of(200, Outcome::Seen), Verdict::Confirmed);
}

#[test]
fn a_member_under_another_spelling_is_named() {
    let mut seen = compared("getFolder", &[("", 1), ("/nb_d_files", 0)]);
    seen.findings.push(finding("/nbDFiles", Kind::UnknownMember, &json!(3)));
    let rows = verdicts("netexplorer", "Folder", &[seen], &[]);
    let spelling: Vec<_> = rows.iter().filter(|row| row.0 == "spelling").collect();
    assert_eq!(spelling[0].1, Verdict::Contradicted, "{spelling:?}");
    assert_eq!(spelling[0].2, json!("nbDFiles"));
}

#[test]
fn a_parameter_of_pages_is_judged_by_the_experiments() {
    let of = |works: bool| {
        let mut experiment = Paging::new("listUsers");
        experiment.said = Some(json!({ "start": "offset", "size": "count" }));
        experiment.start = works.then(|| "offset".to_owned());
        let catalog = oneteg_catalog::of("mediavalet").unwrap();
        let seen = [compared("listUsers", &[("", 1)])];
        let rows = judge(catalog, &seen, &[experiment], &[]);
        rows.into_iter().find(|row| row.parameter.as_deref() == Some("offset")).unwrap().verdict
    };
    assert_eq!(of(true), Verdict::Confirmed);
    assert_eq!(of(false), Verdict::Contradicted);
}
