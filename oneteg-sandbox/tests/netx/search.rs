//! Searches: every criterion and operator.

use serde_json::{Value, json};

use crate::client::{Client, ids};

async fn found(client: &Client, criteria: Value) -> Vec<u64> {
    let page = client.ok("getAssetsByQuery", json!([{ "query": criteria }, null])).await;
    let ids = ids(&page);
    assert_eq!(page["size"], ids.len());
    ids
}

#[tokio::test]
async fn each_criterion_finds_its_assets() {
    let client = Client::start().await;
    let checksum = client.asset(209, &["asset.file"]).await["file"]["checksum"].take();
    for (criterion, expected) in [
        (json!({ "exact": { "field": "fileName", "value": "stool.png" } }), vec![210]),
        (json!({ "exact": { "field": "fileName", "value": "Stool.png" } }), vec![]),
        (json!({ "exact": { "field": "fileType", "value": "txt" } }), vec![213]),
        (json!({ "exact": { "field": "fileChecksum", "value": checksum } }), vec![209]),
        (json!({ "exact": { "field": "assetId", "value": 205 } }), vec![205]),
        (json!({ "exact": { "field": "assetId", "value": "205" } }), vec![205]),
        (json!({ "exact": { "attribute": "Tags", "value": "chair" } }), vec![209, 210]),
        (json!({ "contains": { "field": "name", "value": "LAMP" } }), vec![206, 207, 208]),
        (
            json!({ "contains": { "attribute": "Photographer", "value": "okafor" } }),
            vec![205, 206, 207],
        ),
        (json!({ "contains": { "field": "keywords", "value": "logo" } }), vec![211, 212]),
        (json!({ "folder": { "folderId": 5, "recursive": false } }), vec![211, 212]),
        (
            json!({ "folder": { "folderId": "5", "recursive": true } }),
            vec![206, 207, 208, 209, 210, 211, 212],
        ),
    ] {
        let mut criterion = criterion;
        criterion["operator"] = json!("and");
        assert_eq!(found(&client, json!([criterion])).await, expected, "{criterion}");
    }
}

#[tokio::test]
async fn ranges_respect_their_bounds() {
    let client = Client::start().await;
    let range =
        async |range: Value| found(&client, json!([{ "operator": "and", "range": range }])).await;
    let (first, third) = (1_700_000_001_000_i64, 1_700_000_003_000_i64);
    let with = |min: Value, max: Value, include: bool| {
        json!({
            "field": "importDate", "min": min, "max": max,
            "includeMin": include, "includeMax": include,
        })
    };
    assert_eq!(range(with(json!(first), json!(third), true)).await, [201, 202, 203]);
    assert_eq!(range(with(json!(first), json!(third), false)).await, [202]);
    assert_eq!(
        range(with(json!(first.to_string()), json!(third.to_string()), true)).await.len(),
        3
    );
    assert_eq!(range(with(Value::Null, json!(third), false)).await, [201, 202]);
    assert_eq!(range(with(Value::Null, Value::Null, true)).await.len(), 13);
    let year = json!({ "attribute": "Year", "min": 2022, "max": null, "includeMin": true, "includeMax": true });
    assert_eq!(range(year).await, [201, 202, 203, 204, 205, 208]);
}

#[tokio::test]
async fn operators_combine_from_the_top_down() {
    let client = Client::start().await;
    let tag = |operator: &str, value: &str| json!({ "operator": operator, "exact": { "attribute": "Tags", "value": value } });
    let both = json!([tag("and", "banner"), tag("and", "spring")]);
    assert_eq!(found(&client, both).await, [201]);
    let either = json!([tag("or", "banner"), tag("or", "spring")]);
    assert_eq!(found(&client, either).await, [201, 202, 203, 204]);
    let without = json!([tag("and", "spring"), tag("not", "poster")]);
    assert_eq!(found(&client, without).await, [201, 203]);
    let first_not = json!([tag("not", "product"), tag("not", "logo"), tag("and", "spring")]);
    assert_eq!(found(&client, first_not).await, [201, 202, 203]);
    let nested = json!([
        { "operator": "and", "folder": { "folderId": 2, "recursive": true } },
        { "operator": "and", "subquery": { "query": [tag("or", "poster"), tag("or", "banner")] } },
        { "operator": "not", "subquery": { "query": [tag("and", "autumn")] } },
    ]);
    assert_eq!(found(&client, nested).await, [201, 202]);
    assert_eq!(found(&client, json!([])).await.len(), 13);
}

#[tokio::test]
async fn results_are_sorted_paged_and_selected() {
    let client = Client::start().await;
    let query = json!({ "query": [{ "operator": "and", "contains": { "field": "name", "value": "lamp" } }] });
    let options = json!({
        "sort": { "field": "modDate", "order": "desc" },
        "page": { "startIndex": 1, "size": 1 },
        "data": ["asset.id"],
    });
    let expected = json!({ "results": [{ "id": 207 }], "size": 3 });
    let two = client.ok("getAssetsByQuery", json!([query, options])).await;
    assert_eq!(two, expected);
    let three = client.ok("getAssetsByQuery", json!([query, null, options])).await;
    assert_eq!(three, expected);
    assert_eq!(client.code("getAssetsByQuery", json!([query, options, options])).await, -32602);
}

#[tokio::test]
async fn more_than_a_hundred_alternatives_fail() {
    let client = Client::start().await;
    let many = |count: u64, operator: &str| {
        let criteria: Vec<_> = (0..count)
            .map(|id| json!({ "operator": operator, "exact": { "field": "assetId", "value": 150 + id } }))
            .collect();
        json!([{ "query": criteria }])
    };
    let hundred = client.ok("getAssetsByQuery", many(100, "or")).await;
    assert_eq!(hundred["size"], 13);
    assert_eq!(client.code("getAssetsByQuery", many(101, "or")).await, 1000);
    let nested = json!([{ "query": [{ "operator": "and", "subquery": many(101, "or")[0] }] }]);
    assert_eq!(client.code("getAssetsByQuery", nested).await, 1000);
    client.ok("getAssetsByQuery", many(101, "not")).await;
}

#[tokio::test]
async fn invalid_criteria_are_refused() {
    let client = Client::start().await;
    let exact = json!({ "field": "name", "value": "x" });
    for criterion in [
        json!({ "exact": exact }),
        json!({ "operator": "xor", "exact": exact }),
        json!({ "operator": "and" }),
        json!({ "operator": "and", "exact": exact, "contains": exact }),
        json!({ "operator": "and", "fuzzy": exact }),
        json!({ "operator": "and", "exact": { "value": "x" } }),
        json!({ "operator": "and", "exact": { "field": "name", "attribute": "Tags", "value": "x" } }),
        json!({ "operator": "and", "exact": { "field": "colour", "value": "x" } }),
        json!({ "operator": "and", "exact": { "attribute": "tags", "value": "x" } }),
        json!({ "operator": "and", "exact": { "field": "name" } }),
        json!({ "operator": "and", "exact": { "field": "name", "value": ["x"] } }),
        json!({ "operator": "and", "range": { "field": "modDate", "min": true } }),
        json!({ "operator": "and", "folder": { "folderId": 1 } }),
    ] {
        let code = client.code("getAssetsByQuery", json!([{ "query": [criterion] }])).await;
        assert_eq!(code, -32602, "{criterion}");
    }
    for query in [json!([]), json!({}), json!({ "query": {} })] {
        assert_eq!(client.code("getAssetsByQuery", json!([query])).await, -32602, "{query}");
    }
}
