//! Rules about responses.

use super::context::{Context, Report};
use crate::spec::child;

/// The keys of `responses` are statuses.
pub fn statuses(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let pointer = child(&operation.pointer, "responses");
        let responses = operation.value["responses"].as_object();
        for (status, _) in responses.into_iter().flatten() {
            let range = status
                .strip_suffix("XX")
                .is_some_and(|first| matches!(first, "1" | "2" | "3" | "4" | "5"));
            let number = status.len() == 3
                && status.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
            if !range && !number && status != "default" && !status.starts_with("x-") {
                report.error(
                    &child(&pointer, status),
                    format!("`{status}` is not a status"),
                    "write a quoted number such as \"200\", a range such as \"2XX\", or `default`",
                );
            }
        }
    }
}
