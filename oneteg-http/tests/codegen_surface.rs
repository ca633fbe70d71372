//! Names every item that generated code uses: renaming one of them breaks every SDK, and breaks here
//! first.

use std::future::IntoFuture;

use oneteg_http::codegen::{
    ByteStream, CallOptions, ClientSettings, Confidence, Envelope, Error, Evidence, FilePart, Form,
    Method, Operation, OperationRequest, Page, Pager, Pagination, PaginationStyle, QueryStyle,
    ResponseValue, Runtime, Server, UploadSource, client_settings, into_future, open_enum,
    serde_with,
};
use oneteg_http::{
    CallSettings as _, Error as HttpError, ErrorKind, Interceptor, RetryPolicy, WireLog, reqwest,
};

open_enum! {
    /// An open enum.
    pub enum Kind {
        /// A value.
        One = "one",
    }
}

static TABLE: Operation = Operation::new(
    "list_things",
    "things",
    Method::POST,
    "/things/{id}",
    true,
    Evidence::new(Confidence::Documented, &["v1"], None),
)
.public()
.with_query(&[("action", "list")])
.at(Server::new("https://upload.acme.example", &["https://api.acme.example"]))
.accepting("application/json")
.sending("application/json")
.wrapped(Envelope::NONE)
.rpc("listThings", &[Some("id"), None])
.paged(Pagination::new(PaginationStyle::Offset, "start", "size", "results", "total"));

#[derive(serde::Serialize, serde::Deserialize)]
struct Times {
    #[serde(default, with = "serde_with::unix_ms")]
    a: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default, with = "serde_with::lenient_date_time")]
    b: Option<chrono::DateTime<chrono::Utc>>,
}

/// A request as generated code defines it: it owns its runtime.
struct ListThings {
    runtime: Runtime,
    call_options: CallOptions,
}

impl ListThings {
    async fn send(self) -> Result<ResponseValue<Times>, Error> {
        let request = OperationRequest::new(&TABLE, self.call_options);
        self.runtime.json(request).await
    }
}

into_future!(ListThings => Times);

/// A client's builder, as an SDK defines it.
struct ClientBuilder {
    settings: ClientSettings,
}

client_settings!(ClientBuilder);

/// Never run: that it compiles is the test.
async fn every_call(runtime: &Runtime, part: FilePart) -> Result<ResponseValue<ByteStream>, Error> {
    let mut call = OperationRequest::new(&TABLE, CallOptions::new());
    call.path("id", &1);
    call.query("q", QueryStyle::Exploded, &[1]);
    call.header("x-thing", "1");
    call.param(&Kind::One);
    call.json(&1);
    call.form_urlencoded(&serde_json::json!({}), &[("a", QueryStyle::Json)]);
    call.text(String::new());
    call.upload(UploadSource::bytes(Vec::new()));
    let mut form = Form::default();
    form.text("a", String::new());
    form.file("b", part);
    form.value("c", &1);
    form.json("d", &1);
    form.append(Form::default());
    call.form(form);
    runtime.json::<Times>(OperationRequest::new(&TABLE, CallOptions::new())).await?;
    runtime.empty(OperationRequest::new(&TABLE, CallOptions::new())).await?;
    runtime.text(OperationRequest::new(&TABLE, CallOptions::new())).await?;
    let _ = Pager::new(&TABLE, |page| async move {
        let _: (Option<i64>, Option<i64>) = (page.start(), page.size());
        Ok(Page::new(vec![1]).total(Some(1_i64)))
    });
    let listed = ListThings { runtime: runtime.clone(), call_options: CallOptions::new() };
    let listed = listed.header("x-tenant", "one").retry(RetryPolicy::none());
    tokio::spawn(listed.into_future()).await.map(|_| ()).ok();
    runtime.stream(call).await
}

#[test]
fn the_tables_and_types_of_generated_code_work() {
    let _ = every_call;
    assert_eq!(TABLE.rpc.map(|rpc| rpc.params.len()), Some(2));
    assert_eq!(serde_json::from_str::<Kind>("\"two\"").unwrap(), Kind::Other("two".to_owned()));
    assert!(serde_json::from_str::<Times>(r#"{"a":1,"b":"2024-05-06"}"#).unwrap().b.is_some());
}

#[test]
fn the_builders_of_all_sdks_have_the_same_settings() {
    struct Nothing;
    impl Interceptor for Nothing {}

    let builder = || ClientBuilder { settings: ClientSettings::default() };
    let limit = std::time::Duration::from_secs(1);
    let transport =
        |_: reqwest::Request| async { Err(HttpError::new(ErrorKind::Connect, "unused")) };
    let common = builder()
        .retry(RetryPolicy::none())
        .call_timeout(limit)
        .user_agent("test/1")
        .max_response_bytes(1)
        .interceptor(Nothing)
        .wire_log(WireLog::to_writer(std::io::sink()))
        .transport(transport)
        .runtime(move |runtime| runtime.attempt_timeout(limit));
    assert_eq!(format!("{:?}", common.settings), "8 settings");
    let own = builder().configure_http(|http| http).root_certificates("").client_identity("", "");
    assert_eq!(format!("{:?}", own.settings), "3 settings");
}
