use oneteg_catalog::evidence::Paging;
use oneteg_http::ErrorKind;
use serde_json::json;

use super::*;

fn entry(vendor: Vendor, operation: &str) -> &'static Entry {
    crate::catalog::of(vendor).unwrap().find(operation).unwrap()
}

fn success(content: Value) -> Observed {
    let mut observed = Observed::unsent(Map::new());
    (observed.status, observed.failure) = (Some(200), None);
    observed.content = Content::Json(content);
    observed
}

fn refusal(status: u16, code: &str) -> Observed {
    let mut observed = Observed::unsent(Map::new());
    observed.status = Some(status);
    observed.failure = Some(ErrorKind::InvalidRequest);
    observed.code = Some(code.to_owned());
    observed
}

#[test]
fn every_question_only_reads() {
    for vendor in Vendor::ALL {
        for question in questions(*vendor) {
            let entry = entry(*vendor, question.operation);
            assert!(!entry.writes, "{question:?}");
            let name = match &question.change {
                Change::Set(path, _) => path.split('.').next().unwrap(),
                Change::Remove(name) | Change::AsStrings(name) => name,
                Change::Nothing => continue,
            };
            assert!(entry.parameters.iter().any(|known| known.name == name), "{question:?}");
        }
    }
}

#[cfg(feature = "sandbox")]
#[test]
fn every_question_is_a_choice_of_the_sandbox() {
    for vendor in Vendor::ALL {
        let table = oneteg_sandbox::choices::of(&vendor.profile().variables.to_lowercase());
        for question in questions(*vendor) {
            assert!(table.contains_key(question.id), "{vendor}: {}", question.id);
        }
    }
}

#[test]
fn refusals_show_their_status_and_code() {
    let entry = entry(Vendor::NetX, "getAssets");
    let of = |look, observed: &Observed| answer(look, entry, observed);
    assert_eq!(of(Look::Status, &refusal(422, "1")), Some(json!(422)));
    assert_eq!(of(Look::Status, &success(json!([]))), None);
    // A refusal for another reason, and one without a code of the vendor.
    assert_eq!(of(Look::Status, &refusal(401, "1")), None);
    assert_eq!(of(Look::Code, &refusal(200, "-32602")), Some(json!(-32602)));
    assert_eq!(of(Look::Code, &refusal(404, "404")), None);
    assert_eq!(of(Look::Code, &refusal(200, "secret word")), None);
    assert_eq!(of(Look::IsRefused, &refusal(200, "1")), Some(json!(true)));
    assert_eq!(of(Look::IsRefused, &success(json!([]))), Some(json!(false)));
    assert_eq!(of(Look::IsAccepted, &refusal(200, "1")), Some(json!(false)));
    assert_eq!(of(Look::IsAccepted, &success(json!([]))), Some(json!(true)));
    assert_eq!(of(Look::IsAccepted, &Observed::unsent(Map::new())), None);
}

#[test]
fn content_shows_its_type_and_the_length_of_its_page() {
    let assets = entry(Vendor::MediaValet, "listAssets");
    let page = |items: usize, total: usize| {
        success(json!({ "assets": vec![json!({}); items], "assetCount": total }))
    };
    assert_eq!(answer(Look::PageLength, assets, &page(50, 80)), Some(json!(50)));
    assert_eq!(answer(Look::PageLength, assets, &page(3, 3)), None, "the whole list");
    assert_eq!(answer(Look::HasItems, assets, &page(3, 3)), Some(json!(true)));
    assert_eq!(answer(Look::HasItems, assets, &page(0, 0)), Some(json!(false)));
    for (look, list, object) in [(Look::IsList, true, false), (Look::IsObject, false, true)] {
        assert_eq!(answer(look, assets, &success(json!([]))), Some(json!(list)));
        assert_eq!(answer(look, assets, &success(json!({}))), Some(json!(object)));
        assert_eq!(answer(look, assets, &success(json!(1))), None);
    }
}

#[test]
fn parameters_of_pages_are_those_that_worked() {
    let catalog = crate::catalog::of(Vendor::NetExplorer).unwrap();
    let mut paging = paging::Learned::default();
    let none = known(Vendor::NetExplorer, catalog, &paging, &probe::Learned::default());
    assert_eq!(none, []);
    let mut stated = Paging::new("listActivities");
    stated.said = Some(json!({ "style": "offset" }));
    stated.start = Some("from".to_owned());
    let mut found = Paging::new("listGroups");
    found.said = Some(json!({ "style": "single" }));
    found.start = Some("offset_start".to_owned());
    paging.pages.extend([stated, found]);
    let known = known(Vendor::NetExplorer, catalog, &paging, &probe::Learned::default());
    assert_eq!(known, [("page-start-parameter", json!("offset_start"))]);
}

#[test]
fn ids_become_strings_where_there_are_any() {
    let question = questions(Vendor::NetX)
        .into_iter()
        .find(|question| question.id == "ids-as-strings")
        .unwrap();
    let entry = entry(Vendor::NetX, "getAssets");
    let given = |value: Value| Map::from_iter([("assetIds".to_owned(), value)]);
    let strings = changed(&question, entry, given(json!([7, 8])));
    assert_eq!(strings.unwrap()["assetIds"], json!(["7", "8"]));
    assert_eq!(changed(&question, entry, given(json!([]))), None);
}
