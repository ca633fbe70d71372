//! Audits what is shared with people outside, and closes what is open for too long.

use chrono::{DateTime, Utc};
use netexplorer_sdk::{
    Client, Error,
    types::{ShareLink, UpdateShareLinkRequest},
};

/// A link that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) link: i64,
    pub(crate) owner: String,
    pub(crate) problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    NoExpiry,
    NoPassword,
}

/// Lists the valid links that everybody can open, or that never end. Their URLs and keys stay out of the report.
pub(crate) async fn audit(client: &Client) -> Result<Vec<Finding>, Error> {
    let links = client.list_share_links().pages().all().await?;
    Ok(links.iter().filter(|link| link.is_valid != Some(false)).flat_map(problems).collect())
}

fn problems(link: &ShareLink) -> Vec<Finding> {
    let found = [
        (Problem::NoExpiry, link.expiration_date.is_none()),
        (Problem::NoPassword, link.password_protected.is_none()),
    ];
    let found = found.into_iter().filter(|(_, applies)| *applies);
    found
        .map(|(problem, _)| Finding {
            link: link.id,
            owner: link.owner.clone().unwrap_or_else(|| "unknown".to_owned()),
            problem,
        })
        .collect()
}

/// Sets an end for the links that have none. Returns their number. A password cannot be set in this way: those who have
/// the link would not know it.
pub(crate) async fn limit(
    client: &Client,
    findings: &[Finding],
    end: DateTime<Utc>,
) -> Result<u64, Error> {
    let mut limited = 0;
    for finding in findings.iter().filter(|finding| finding.problem == Problem::NoExpiry) {
        let request = UpdateShareLinkRequest::new().expiration_date(end);
        let link = client.update_share_link(finding.link, request).send().await?;
        // The body of this request is not documented, so check what it did.
        limited += u64::from(link.expiration_date.is_some());
    }
    Ok(limited)
}
