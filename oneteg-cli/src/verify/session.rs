//! The calls of a run, and what was seen of each operation.

mod files;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use oneteg_auth::Vendor;
use oneteg_catalog::{
    check::{Checker, Comparison},
    evidence::{Operation, Outcome},
};
use oneteg_http::{
    CallOptions, Error, ErrorKind, Runtime,
    codegen::OperationRequest,
    pseudonym::{AnyName, Pseudonymizer},
};
use serde_json::{Map, Value, json};

use super::{
    arguments,
    compare::{self, Content, Observed},
    pool::{Pool, SIMILAR},
    redact,
    seen::Seen,
    tap::Tap,
};
use crate::{
    catalog::{self, Catalog, Entry, ResponseKind},
    error::CliError,
    interrupt::Interrupt,
    operations::{
        arguments::arguments as flags, call::from_values_and_files, command::reserved, request,
        values::FileArgument,
    },
};

/// After how many calls in a row without a usable response the vendor counts as down, unless an earlier call still works.
const DOWN_AFTER: u32 = 4;
/// The longest wait that calls of the SDK accept by default.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How many strings of responses are remembered, to recognise names of members that are data.
const MAX_WORDS: usize = 200_000;

/// Why a run ends before everything was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-C.
    Interrupted,
    /// The budget is spent.
    Spent,
    /// The vendor does not respond, or not any more.
    Down,
    /// Web pages come instead of data.
    Page,
    /// The vendor asks for fewer requests, also after the waits that it asked for, or for a wait that is too long.
    Limited,
    /// The vendor does not accept the credential, or not any more.
    SignedOut,
}

impl Stop {
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Interrupted => "The run was interrupted.",
            Self::Spent => "The budget of requests was spent.",
            Self::Down => "The vendor does not respond.",
            Self::Page => "Web pages came instead of data.",
            Self::Limited => {
                "The vendor asked for fewer requests, or for a wait of more than a minute."
            }
            Self::SignedOut => "The vendor does not accept the credential.",
        }
    }
}

/// A run: its connection, its budget, and what was seen.
pub(crate) struct Session {
    pub(crate) vendor: Vendor,
    pub(crate) catalog: &'static Catalog,
    pub(crate) checker: Checker<'static>,
    pub(crate) pool: Pool,
    runtime: Runtime,
    tap: Tap,
    fakes: Pseudonymizer,
    interrupt: Interrupt,
    seen: BTreeMap<&'static str, Seen>,
    /// Short strings of responses.
    words: BTreeSet<String>,
    /// The operation that is being looked at.
    current: Option<&'static str>,
    /// Calls in a row without a usable response.
    failures: u32,
    /// The last call that succeeded, which shows whether the connection still works.
    anchor: Option<(&'static Entry, Map<String, Value>)>,
}

/// What an experiment adds to a call.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Parameters of the query that the specification lacks.
    pub(crate) query: Vec<(String, u64)>,
    /// Whether the user's credential is left out.
    pub(crate) without_credential: bool,
    /// The file in a part of the form.
    pub(crate) file: Option<(&'static str, FileArgument)>,
}

impl Session {
    /// A run that has not sent anything.
    ///
    /// # Errors
    /// If the operating system has no randomness for the fakes.
    pub(crate) fn new(
        vendor: Vendor,
        runtime: Runtime,
        tap: Tap,
        interrupt: Interrupt,
    ) -> Result<Self, CliError> {
        let catalog = catalog::of(vendor)?;
        Ok(Self {
            vendor,
            catalog,
            checker: Checker::new(&catalog.schemas),
            pool: Pool::default(),
            runtime,
            tap,
            fakes: Pseudonymizer::random()?,
            interrupt,
            seen: BTreeMap::new(),
            words: BTreeSet::new(),
            current: None,
            failures: 0,
            anchor: None,
        })
    }

    /// The number of requests that were sent, with retries and redirects.
    pub(crate) fn sent(&self) -> u64 {
        self.tap.sent()
    }

    /// The arguments of the last call of an operation that succeeded. Those of an earlier part of the run are chosen
    /// again.
    pub(crate) fn worked(&self, entry: &Entry) -> Option<Map<String, Value>> {
        let seen = self.seen.get(entry.operation_id.as_str())?;
        let again = || {
            arguments::of(self.vendor, self.catalog, entry, &self.pool, 0, SIMILAR)
                .ok()
                .filter(|_| seen.compared)
        };
        seen.worked.clone().or_else(again)
    }

    /// What was seen of an operation so far.
    pub(crate) fn seen(&mut self, entry: &'static Entry) -> &mut Seen {
        self.seen.entry(&entry.operation_id).or_default()
    }

    /// Whether an operation was being looked at when the run ended.
    pub(crate) fn is_unfinished(&self, operation: &str) -> bool {
        self.current == Some(operation)
    }

    /// Notes which operation is being looked at; `None` between operations.
    pub(crate) fn set_current(&mut self, entry: Option<&'static Entry>) {
        self.current = entry.map(|entry| entry.operation_id.as_str());
    }

    /// Whether an operation was called.
    pub(crate) fn was_called(&self, entry: &Entry) -> bool {
        self.seen.get(entry.operation_id.as_str()).is_some_and(|seen| seen.calls > 0)
    }

    /// Continues an earlier run: what it saw, and the ids that it found.
    pub(crate) fn restore(&mut self, operations: Vec<Operation>, pool: Pool, sent: u64) {
        self.pool = pool;
        self.tap.count_earlier(sent);
        for operation in operations {
            let entry =
                self.catalog.operations.iter().find(|e| e.operation_id == operation.operation);
            let Some(entry) = entry else { continue };
            let seen = Seen {
                calls: operation.calls,
                responses: operation.responses,
                compared: operation.outcome == Outcome::Seen,
                refused: operation.outcome == Outcome::Refused,
                reason: operation.reason,
                worked: None,
                comparison: Comparison::restore(operation.findings, operation.members),
            };
            self.seen.insert(&entry.operation_id, seen);
        }
    }

    /// Calls an operation, compares the response with the specification, and keeps ids for later calls.
    ///
    /// # Errors
    /// If the run ends here. A failure of the call alone is none: it is in what was observed.
    pub(crate) async fn observe(
        &mut self,
        entry: &'static Entry,
        arguments: Map<String, Value>,
    ) -> Result<Observed, Stop> {
        let observed = self.counted(entry, arguments).await?;
        self.compare(entry, &observed);
        self.account_of(entry, &observed).await?;
        Ok(observed)
    }

    async fn counted(
        &mut self,
        entry: &'static Entry,
        arguments: Map<String, Value>,
    ) -> Result<Observed, Stop> {
        let observed = self.send(entry, &arguments, &Extra::default()).await?;
        self.seen(entry).calls += 1;
        if observed.is_success() {
            self.seen(entry).worked = Some(arguments.clone());
            if !observed.is_page() {
                self.anchor = Some((entry, arguments));
            }
        }
        Ok(observed)
    }

    /// Ends the run as [`Session::account`] does, which is then what is known of the operation.
    async fn account_of(&mut self, entry: &'static Entry, observed: &Observed) -> Result<(), Stop> {
        let result = self.account(observed).await;
        if let Err(stop) = result {
            let seen = self.seen(entry);
            seen.refused = false;
            seen.reason = Some(stop.sentence().to_owned());
        }
        // Pages that came from the beginning are not of the vendor's API, so they are no evidence of it.
        if result == Err(Stop::Page) && self.seen.values().all(|seen| !seen.compared) {
            self.seen.values_mut().for_each(|seen| seen.comparison = Comparison::default());
        }
        result
    }

    /// Calls an operation with more than its arguments. What it returns is not compared, and no call of the operation
    /// is counted, because the specification does not describe such calls.
    ///
    /// # Errors
    /// As [`Session::observe`].
    pub(crate) async fn experiment(
        &mut self,
        entry: &'static Entry,
        arguments: &Map<String, Value>,
        extra: &Extra,
    ) -> Result<Observed, Stop> {
        let observed = self.send(entry, arguments, extra).await?;
        // A refusal of a call without the credential is no failure of the credential.
        if !extra.without_credential {
            self.account(&observed).await?;
        }
        Ok(observed)
    }

    /// Ends the run if too many calls in a row had no usable response.
    async fn account(&mut self, observed: &Observed) -> Result<(), Stop> {
        let kind = observed.failure;
        if kind.is_none() && !observed.is_page() {
            self.failures = 0;
            return Ok(());
        }
        // All further calls would wait for it, up to their time limit.
        if observed.wait.is_some_and(|wait| wait > LONGEST_WAIT) {
            return Err(Stop::Limited);
        }
        let no_response = matches!(
            kind,
            Some(
                ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::Server
            )
        );
        let stop = match kind {
            Some(ErrorKind::Authentication) => Stop::SignedOut,
            Some(ErrorKind::RateLimited) => Stop::Limited,
            None => Stop::Page,
            _ => Stop::Down,
        };
        let is_usable = !no_response && stop == Stop::Down;
        self.failures = if is_usable { 0 } else { self.failures + 1 };
        if self.failures >= DOWN_AFTER || (stop == Stop::SignedOut && self.anchor.is_some()) {
            self.check_connection(stop).await?;
        }
        Ok(())
    }

    /// Repeats a call that succeeded before. If it fails now, the run ends.
    async fn check_connection(&mut self, stop: Stop) -> Result<(), Stop> {
        let Some((entry, arguments)) = self.anchor.clone() else { return Err(stop) };
        let observed = self.send(entry, &arguments, &Extra::default()).await?;
        match observed.failure {
            None if !observed.is_page() => {
                self.failures = 0;
                Ok(())
            }
            Some(ErrorKind::Authentication) => Err(Stop::SignedOut),
            _ => Err(stop),
        }
    }

    /// Calls an operation that changes something, and compares the response. Ctrl-C waits for it: what it made could not
    /// be removed otherwise.
    ///
    /// # Errors
    /// If the budget is spent.
    pub(crate) async fn write(
        &mut self,
        entry: &'static Entry,
        arguments: Map<String, Value>,
        file: Option<(&'static str, FileArgument)>,
    ) -> Result<Observed, Stop> {
        let extra = Extra { file, ..Extra::default() };
        let observed = self.exchange(entry, &arguments, &extra).await?;
        self.seen(entry).calls += 1;
        self.compare(entry, &observed);
        Ok(observed)
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_pressed()
    }

    /// Allows further requests, which clean up.
    pub(crate) fn allow(&self, requests: u64) {
        self.tap.allow(requests);
    }

    /// A number for a name that nobody else uses.
    pub(crate) fn random(&self) -> u32 {
        // The fakes have a random key.
        let now = chrono::Utc::now().timestamp_micros();
        let fake = self.fakes.value(&json!(now.to_string()), &AnyName);
        let mut hash = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&fake.to_string(), &mut hash);
        std::hash::Hasher::finish(&hash) as u32
    }

    async fn send(
        &mut self,
        entry: &'static Entry,
        given: &Map<String, Value>,
        extra: &Extra,
    ) -> Result<Observed, Stop> {
        let interrupt = self.interrupt.clone();
        tokio::select! {
            result = self.exchange(entry, given, extra) => result,
            () = interrupt.pressed() => Err(Stop::Interrupted),
        }
    }

    async fn exchange(
        &mut self,
        entry: &'static Entry,
        given: &Map<String, Value>,
        extra: &Extra,
    ) -> Result<Observed, Stop> {
        let request = match self.request(entry, given, extra) {
            Ok(request) => request,
            // The arguments are our own, so this is a value that a response contained.
            Err(_) => return Ok(Observed::unsent(given.clone())),
        };
        self.tap.begin(entry.response.kind == ResponseKind::File);
        let result = perform(&self.runtime, entry, request).await;
        if self.tap.is_spent() {
            return Err(Stop::Spent);
        }
        let exchanges = self.tap.exchanges();
        Ok(Observed::new(entry, given.clone(), exchanges, result.err().as_ref()))
    }

    fn request(
        &self,
        entry: &'static Entry,
        given: &Map<String, Value>,
        extra: &Extra,
    ) -> Result<Box<OperationRequest>, CliError> {
        let mut operation = catalog::in_sdk(self.vendor, entry)
            .ok_or_else(|| CliError::failure("the SDK lacks the operation"))?;
        if extra.without_credential {
            // The runtime takes operations of any lifetime of the program; there are at most as many as probes ask for.
            operation = Box::leak(Box::new(operation.clone().public()));
        }
        let options = extra
            .query
            .iter()
            .fold(CallOptions::new(), |options, (name, value)| options.query(name, value));
        let arguments = flags(self.catalog, entry, &reserved());
        let files = extra.file.iter().map(|(part, file)| ((*part).to_owned(), file.clone()));
        let call =
            from_values_and_files(self.catalog, entry, &arguments, given.clone(), files.collect())?;
        request::build(entry, operation, &call, options)
    }

    /// Compares what a call returned with the specification, and keeps ids for later calls.
    pub(crate) fn compare(&mut self, entry: &'static Entry, observed: &Observed) {
        remember(&mut self.words, observed);
        let fakes = &self.fakes;
        let mut fake = |place: &str, value: &Value| {
            // The name of the member tells whether the value may be a secret.
            let name = place.rsplit('/').next().unwrap_or_default();
            fakes.value(&json!({ name: value }), &AnyName)[name].take()
        };
        let seen = self.seen.entry(&entry.operation_id).or_default();
        compare::compare(&self.checker, entry, observed, seen, &mut fake);
        if let Content::Json(content) = &observed.content
            && observed.is_success()
            && let Some(schema) = compare::schema(entry, observed.status.unwrap_or_default())
        {
            self.pool.harvest(&self.checker, entry, schema, content, &observed.arguments);
        }
    }

    /// What was seen of every operation, for the report. `unseen` states why an operation was not called.
    pub(crate) fn finish(
        &mut self,
        unseen: &BTreeMap<&'static str, (Outcome, String)>,
    ) -> Vec<Operation> {
        let mut seen = std::mem::take(&mut self.seen);
        let known = self.catalog.schemas.words();
        self.words.retain(|word| !known.contains(word));
        let operations = self.catalog.operations.iter().map(|entry| {
            let id = entry.operation_id.as_str();
            let mut operation = Operation::new(id);
            let reason = unseen.get(id);
            let Some(seen) = seen.remove(id).filter(|seen| seen.calls > 0) else {
                let (outcome, reason) = reason.cloned().unwrap_or_default();
                operation.outcome = outcome;
                operation.reason = (!reason.is_empty()).then_some(reason);
                return operation;
            };
            operation.outcome = match (seen.compared, seen.refused) {
                (true, _) => Outcome::Seen,
                (false, true) => Outcome::Refused,
                (false, false) => Outcome::Failed,
            };
            operation.reason = seen.reason.filter(|_| !seen.compared);
            operation.calls = seen.calls;
            operation.responses = seen.responses;
            (operation.findings, operation.members) = seen.comparison.finish();
            for finding in &mut operation.findings {
                redact::names(finding, &self.words);
            }
            for member in &mut operation.members {
                redact::free(member, &self.words);
            }
            operation
        });
        operations.collect()
    }
}

/// Makes the call as the SDK does.
async fn perform(
    runtime: &Runtime,
    entry: &Entry,
    request: Box<OperationRequest>,
) -> Result<(), Error> {
    match entry.response.kind {
        ResponseKind::Empty => runtime.empty(request).await.map(drop),
        ResponseKind::Json => runtime.json::<Value>(request).await.map(drop),
        ResponseKind::Text => runtime.text(request).await.map(drop),
        // The connection is closed instead of reading the file.
        ResponseKind::File => runtime.stream(request).await.map(drop),
    }
}

/// Remembers the strings of a response that could be names of members.
fn remember(words: &mut BTreeSet<String>, observed: &Observed) {
    let Content::Json(content) = &observed.content else { return };
    let mut values = vec![content];
    while let Some(value) = values.pop() {
        match value {
            Value::String(text)
                if words.len() < MAX_WORDS && oneteg_catalog::check::is_name(text) =>
            {
                words.insert(text.clone());
            }
            Value::Array(items) => values.extend(items),
            Value::Object(members) => values.extend(members.values()),
            _ => {}
        }
    }
}
