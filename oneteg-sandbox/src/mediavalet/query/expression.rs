//! Filter expressions: lexer, parser and evaluation.
//!
//! ```text
//! or         = and ("OR" and)*
//! and        = term ("AND" term)*
//! term       = "(" or ")" | comparison
//! comparison = name operator value | name "/ANY(" variable ":" variable operator value ")"
//! ```
//! Names and values may have several words. `/ANY` is for container filters, such as
//! `CategoryIds/ANY(c: c EQ '...')`.

use std::cmp::Ordering;

use crate::choices::mediavalet as choices;
use crate::mediavalet::response::ApiError;

/// The maximum depth of parentheses, which keeps the recursion short.
const MAX_DEPTH: usize = 64;

#[derive(Debug)]
pub(super) enum Expression {
    And(Vec<Self>),
    Or(Vec<Self>),
    Compare { name: String, operator: Operator, value: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Lt,
    Gt,
    Le,
    Ge,
    /// Contains.
    Ct,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "EQ" => Self::Eq,
            "NE" => Self::Ne,
            "LT" => Self::Lt,
            "GT" => Self::Gt,
            "LE" => Self::Le,
            "GE" => Self::Ge,
            "CT" => Self::Ct,
            "SW" => Self::Sw,
            "EW" => Self::Ew,
            _ => return None,
        })
    }

    fn holds(self, actual: &str, expected: &str) -> bool {
        let folded = |text: &str| match choices::COMPARISON_IGNORES_CASE.get() {
            true => text.to_lowercase(),
            false => text.to_owned(),
        };
        let (actual, expected) = (folded(actual), folded(expected));
        let order = match (actual.parse::<f64>(), expected.parse::<f64>()) {
            (Ok(actual), Ok(expected)) => actual.total_cmp(&expected),
            // This also orders dates in ISO 8601.
            _ => actual.cmp(&expected),
        };
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Lt => order == Ordering::Less,
            Self::Gt => order == Ordering::Greater,
            Self::Le => order != Ordering::Greater,
            Self::Ge => order != Ordering::Less,
            Self::Ct => actual.contains(&expected),
            Self::Sw => actual.starts_with(&expected),
            Self::Ew => actual.ends_with(&expected),
        }
    }
}

impl Expression {
    pub(super) fn parse(expression: &str) -> Result<Self, ApiError> {
        let mut parser = Parser { tokens: tokenize(expression)?, position: 0 };
        let expression = parser.or(0)?;
        match parser.next() {
            None => Ok(expression),
            Some(extra) => Err(refused(format!("unexpected {extra:?} after its end"))),
        }
    }

    /// Refuses names that are not `known`.
    pub(super) fn check_names(&self, known: &impl Fn(&str) -> bool) -> Result<(), ApiError> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().try_for_each(|part| part.check_names(known))
            }
            Self::Compare { name, .. } if known(name) => Ok(()),
            Self::Compare { name, .. } => Err(refused(format!("unknown name {name}"))),
        }
    }

    /// Evaluates the expression for an asset with these values. A comparison holds if it does for any value; `NE`
    /// must hold for all.
    pub(super) fn holds(&self, values: &impl Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(values)),
            Self::Compare { name, operator, value } => {
                let values = values(name);
                let mut holds = values.iter().map(|actual| operator.holds(actual, value));
                if *operator == Operator::Ne { holds.all(|it| it) } else { holds.any(|it| it) }
            }
        }
    }
}

fn refused(reason: impl std::fmt::Display) -> ApiError {
    ApiError::bad_request(format!("The filter cannot be parsed: {reason}"))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    /// A string in single quotes; a quote inside is doubled.
    Quoted(String),
}

fn tokenize(expression: &str) -> Result<Vec<Token>, ApiError> {
    let mut tokens = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.next_if_eq(&'\'').is_some() => quoted.push('\''),
                        Some('\'') => break,
                        Some(c) => quoted.push(c),
                        None => {
                            return Err(ApiError::bad_request("The filter has an unclosed quote"));
                        }
                    }
                }
                tokens.push(Token::Quoted(quoted));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                let part = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | '\'');
                while let Some(c) = rest.next_if(part) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.position).cloned();
        self.position += 1;
        token
    }

    fn eat(&mut self, expected: &Token) -> bool {
        let found = self.peek() == Some(expected);
        self.position += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Result<Expression, ApiError> {
        if depth > MAX_DEPTH {
            return Err(refused("its parentheses are nested too deeply"));
        }
        let mut parts = vec![self.and(depth)?];
        while self.eat(&Token::Word("OR".into())) {
            parts.push(self.and(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
    }

    fn and(&mut self, depth: usize) -> Result<Expression, ApiError> {
        let mut parts = vec![self.term(depth)?];
        while self.eat(&Token::Word("AND".into())) {
            parts.push(self.term(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
    }

    fn term(&mut self, depth: usize) -> Result<Expression, ApiError> {
        if self.eat(&Token::Open) {
            let inner = self.or(depth + 1)?;
            return if self.eat(&Token::Close) {
                Ok(inner)
            } else {
                Err(refused("a parenthesis is not closed"))
            };
        }
        self.comparison()
    }

    /// `Name EQ value`, or `Names/ANY(c: c EQ value)`.
    fn comparison(&mut self) -> Result<Expression, ApiError> {
        let mut name: Vec<String> = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(word)) => {
                    if let Some(operator) = Operator::parse(&word) {
                        let value = self.value()?;
                        return Ok(Expression::Compare { name: name.join(" "), operator, value });
                    }
                    if let Some(list) = word.strip_suffix("/ANY") {
                        return self.any_of(list.to_owned());
                    }
                    name.push(word);
                }
                Some(Token::Quoted(string)) => name.push(string),
                Some(Token::Open | Token::Close) | None => {
                    return Err(refused("a comparison has no operator"));
                }
            }
        }
    }

    /// `(c: c EQ value)` after `Names/ANY`.
    fn any_of(&mut self, name: String) -> Result<Expression, ApiError> {
        let malformed = || refused("ANY is followed by (c: c EQ 'value')");
        let opened = self.eat(&Token::Open);
        let variable = match self.next() {
            Some(Token::Word(word)) if opened => word.strip_suffix(':').map(str::to_owned),
            _ => None,
        };
        let variable = variable.ok_or_else(malformed)?;
        match self.comparison()? {
            Expression::Compare { name: inner, operator, value }
                if inner == variable && self.eat(&Token::Close) =>
            {
                Ok(Expression::Compare { name, operator, value })
            }
            _ => Err(malformed()),
        }
    }

    /// A quoted value, or words up to the next `AND`, `OR` or parenthesis.
    fn value(&mut self) -> Result<String, ApiError> {
        if let Some(Token::Quoted(string)) = self.peek() {
            let string = string.clone();
            self.position += 1;
            return Ok(string);
        }
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            if word == "AND" || word == "OR" {
                break;
            }
            words.push(word.clone());
            self.position += 1;
        }
        if words.is_empty() { Err(refused("a value is missing")) } else { Ok(words.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    fn holds(expression: &str) -> bool {
        let values = |name: &str| -> Vec<String> {
            let of: &[&str] = match name {
                "Status" => &["0"],
                "File Extension" => &["png"],
                "DateUploaded" => &["2024-05-06T00:00:00Z"],
                "Ids" => &["a-1", "b-2"],
                "It's" => &["x (y)"],
                _ => &[],
            };
            of.iter().map(|value| (*value).to_owned()).collect()
        };
        Expression::parse(expression).expect(expression).holds(&values)
    }

    #[test]
    fn comparisons_hold_as_written() {
        for expression in [
            "Status EQ 0",
            "(Status EQ '0')",
            "File Extension EQ PNG",
            "File Extension NE jpg AND Status LT 1",
            "Status EQ 1 OR Status EQ 2 OR File Extension SW 'p'",
            "DateUploaded GE 2024-05-06T00:00:00Z AND DateUploaded LT '2024-05-07'",
            "Ids/ANY(c: c EQ 'b-2')",
            "(Ids/ANY(c: c EQ 'no') OR Ids/ANY(l: l EQ 'a-1'))",
            "'It''s' CT '(y'",
            // AND binds closer.
            "Status EQ 0 OR Status EQ 1 AND Status EQ 2",
        ] {
            assert!(holds(expression), "{expression}");
        }
        for expression in
            ["Status EQ 00.5", "Missing EQ 0", "(Status EQ 0 OR Status EQ 1) AND Status EQ 2"]
        {
            assert!(!holds(expression), "{expression}");
        }
    }

    #[test]
    fn malformed_expressions_are_refused() {
        let deep = "(".repeat(100_000);
        for expression in [
            "",
            "Status",
            "Status EQ",
            "Status EQ 0)",
            "(Status EQ 0",
            "EQ",
            "Status EQ 0 AND",
            "'x",
            "Ids/ANY(c: d EQ '1')",
            "Ids/ANY c EQ 1",
            &deep,
            "Ids/ANY(c: c EQ '1' OR c EQ '2')",
        ] {
            assert!(Expression::parse(expression).is_err(), "{expression:.40}");
        }
    }
}
