//! Makes the calls of a script.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use oneteg_catalog::evidence::{Finding, Kind, Report, Upload, Verdict};
use serde_json::{Value, json};

use super::{
    filled,
    journal::{Journal, Left},
    picture,
    scripts::{Action, POLLS, Script, Step},
};
use crate::{
    catalog::Entry,
    operations::values::FileArgument,
    verify::{
        compare::Observed,
        names::Subject,
        pool::EXACT,
        session::{Session, Stop},
    },
};

/// The first wait for the vendor to process a file, and the longest one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// The wait before another look at what the vendor is making.
pub(super) fn wait(polls: u32) -> Duration {
    let growth = 1.6_f64.powi(i32::try_from(polls).unwrap_or(i32::MAX));
    LONGEST_WAIT.min(FIRST_WAIT.mul_f64(growth.min(LONGEST_WAIT.as_secs_f64())))
}

/// A script that is being played.
struct Play<'a> {
    session: &'a mut Session,
    journal: &'a mut Journal,
    report: &'a mut Report,
    name: String,
    file: Arc<[u8]>,
    values: BTreeMap<String, Value>,
    /// The row of the file in the report.
    upload: Option<usize>,
}

/// Plays a script.
///
/// # Errors
/// Why the run ends.
pub(super) async fn script(
    session: &mut Session,
    journal: &mut Journal,
    script: &Script,
    report: &mut Report,
) -> Result<(), Stop> {
    let name = format!("oneteg-verify-{:08x}", session.random());
    let file = picture::of(&name);
    let mut values = BTreeMap::from([
        ("name".to_owned(), json!(name)),
        ("renamed".to_owned(), json!(format!("{name}-2"))),
        ("file_name".to_owned(), json!(format!("{name}.gif"))),
        ("size".to_owned(), json!(file.len())),
    ]);
    if let Some((noun, as_name)) = script.needs {
        let found = session.pool.candidates(&[Subject::new(noun, "id")], EXACT);
        let Some(found) = found.first() else { return Ok(()) };
        values.insert(as_name.to_owned(), found.value.clone());
    }
    let mut play = Play { session, journal, report, name, file, values, upload: None };
    for step in &script.steps {
        play.step(step).await?;
    }
    Ok(())
}

impl Play<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        if self.session.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        if step.after.is_some_and(|name| !self.values.contains_key(name)) {
            return Ok(());
        }
        let Some(entry) = self.session.catalog.find(step.operation) else { return Ok(()) };
        let Some(arguments) = filled(&step.arguments, &self.values) else { return Ok(()) };
        match step.action {
            Action::Put(link) => return self.put(entry, link).await,
            Action::Get(link, place) => return self.get(entry, link, place).await,
            Action::Read => {
                let limit = self.file.len() * 2;
                let (observed, read) = self.session.read_file(entry, arguments, limit).await?;
                let read = read.ok_or_else(|| observed.reason());
                self.compare(entry, "", read);
                return Ok(());
            }
            _ => {}
        }
        let file = match step.action {
            Action::Send(part) => {
                self.begin_upload(entry);
                let name = format!("{}.gif", self.name);
                let file = Arc::clone(&self.file);
                Some((part, FileArgument::of_bytes(&name, picture::MEDIA_TYPE, file)))
            }
            _ => None,
        };
        let polls = if step.action == Action::Poll { POLLS } else { 1 };
        let mut observed = None;
        for poll in 0..polls {
            if step.action == Action::Poll {
                self.session.wait(wait(poll)).await?;
            }
            let found = self.session.write(entry, arguments.clone(), file.clone()).await?;
            self.keep(step, &found);
            let has_all = step.keeps.iter().all(|(name, _)| self.values.contains_key(*name));
            observed = Some(found);
            if has_all {
                break;
            }
        }
        let Some(observed) = observed else { return Ok(()) };
        self.took_place(step, &observed).await;
        Ok(())
    }

    /// Keeps the values of a response.
    fn keep(&mut self, step: &Step, observed: &Observed) {
        for (name, place) in &step.keeps {
            let value = observed.json().and_then(|content| content.pointer(place));
            if let Some(value) = value.filter(|value| !value.is_null()) {
                self.values.insert((*name).to_owned(), value.clone());
            }
        }
    }

    /// Notes what a call made, and what became of the upload.
    async fn took_place(&mut self, step: &Step, observed: &Observed) {
        let is_success = observed.is_success();
        if is_success {
            match step.action {
                Action::Send(_) => drop(self.values.insert("sent".to_owned(), json!(true))),
                Action::Finish => drop(self.values.insert("finished".to_owned(), json!(true))),
                _ => {}
            }
        } else if self.upload.is_some() {
            self.failed(observed.reason());
        }
        let last = self.journal.open.last_mut();
        match (step.action, last) {
            // Whether a call without a response took effect is unknown.
            (Action::Finish, Some(last)) if is_success || observed.status.is_none() => {
                last.appears_later = true;
                let _ = self.journal.store().await;
            }
            (Action::Poll, Some(last)) if is_success => last.appears_later = false,
            (Action::Poll, _) => {
                self.failed("The vendor had not processed the file after a minute.".to_owned());
            }
            _ => {}
        }
        let Some(object) = &step.makes else { return };
        if matches!(step.operation, "createUpload") {
            if let Some(entry) = self.session.catalog.find(step.operation) {
                self.begin_upload(entry);
            }
            if !is_success {
                self.failed(observed.reason());
            }
        }
        let what = format!("{} with the name `{}`", object.what, self.name);
        if self.values.contains_key(object.id) {
            self.journal.open.push(Left::new(object, what, &self.name, &self.values));
            // It is removed below in any case; the file is for a process that is killed before.
            let _ = self.journal.store().await;
        } else if !observed.status.is_some_and(|status| (400..500).contains(&status)) {
            // A timeout, or a response without the id. A refusal changes nothing.
            self.report.left_behind.push(format!("{what} may exist; its id is unknown."));
        }
    }

    fn begin_upload(&mut self, entry: &Entry) {
        self.upload = Some(self.report.uploads.len());
        self.report.uploads.push(Upload::new(&entry.operation_id, self.file.len() as u64));
    }

    /// Notes the first reason why the file was not read.
    fn failed(&mut self, reason: String) {
        let row = self.upload.and_then(|index| self.report.uploads.get_mut(index));
        if let Some(row) = row.filter(|row| row.verdict == Verdict::NotReachable) {
            row.reason.get_or_insert(reason);
        }
    }

    async fn put(&mut self, _: &Entry, link: &str) -> Result<(), Stop> {
        let Some(link) = self.values.get(link).and_then(Value::as_str).map(str::to_owned) else {
            self.failed("The response had no link for the file.".to_owned());
            return Ok(());
        };
        match self.session.follow(&link, Some(self.file.to_vec()), 0).await? {
            Ok(_) => drop(self.values.insert("sent".to_owned(), json!(true))),
            Err(reason) => self.failed(reason),
        }
        Ok(())
    }

    async fn get(&mut self, entry: &'static Entry, link: &str, place: &str) -> Result<(), Stop> {
        let Some(link) = self.values.get(link).and_then(Value::as_str).map(str::to_owned) else {
            return Ok(());
        };
        let read = self.session.follow(&link, None, self.file.len() * 2).await?;
        self.compare(entry, place, read);
        Ok(())
    }

    /// Compares the file that was read with the one that was sent.
    fn compare(&mut self, entry: &'static Entry, place: &str, read: Result<Vec<u8>, String>) {
        let read = match read {
            Ok(read) => read,
            Err(reason) => return self.failed(reason),
        };
        let is_same = *read == *self.file;
        let row = self.upload.and_then(|index| self.report.uploads.get_mut(index));
        let Some(row) = row else { return };
        row.verdict = if is_same { Verdict::Confirmed } else { Verdict::Contradicted };
        row.reason = (!is_same).then(|| "Other bytes were read than were sent.".to_owned());
        if !is_same {
            let mut finding = Finding::new(place, Kind::Content);
            finding.said = Some("the bytes that were uploaded".to_owned());
            finding.seen.count = 1;
            finding.seen.values.insert("other bytes".to_owned());
            self.session.seen(entry).comparison.note(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_in_all() {
        assert_eq!(wait(0), Duration::from_secs(1));
        assert_eq!(wait(100), LONGEST_WAIT);
        let all: Duration = (0..POLLS).map(wait).sum();
        assert!((50..65).contains(&all.as_secs()), "{all:?}");
    }
}
