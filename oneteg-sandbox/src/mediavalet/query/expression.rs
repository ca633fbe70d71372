//! Filter expressions: comparisons joined by `AND`, `OR` and parentheses, and `X/ANY(c: c EQ '...')` of
//! container filters.

use std::cmp::Ordering;

use super::super::answer::Failure;
use super::lexer::{Token, tokens};

/// How deep parentheses may go.
const DEEPEST: usize = 64;

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
    fn named(word: &str) -> Option<Self> {
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

    fn holds(self, is: &str, wanted: &str) -> bool {
        let (is, wanted) = (is.to_lowercase(), wanted.to_lowercase());
        let order = match (is.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(is), Ok(wanted)) => is.total_cmp(&wanted),
            // Dates in ISO 8601 are in their order as texts, too.
            _ => is.cmp(&wanted),
        };
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Lt => order == Ordering::Less,
            Self::Gt => order == Ordering::Greater,
            Self::Le => order != Ordering::Greater,
            Self::Ge => order != Ordering::Less,
            Self::Ct => is.contains(&wanted),
            Self::Sw => is.starts_with(&wanted),
            Self::Ew => is.ends_with(&wanted),
        }
    }
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0 };
        let expression = parser.any(0)?;
        match parser.next() {
            None => Ok(expression),
            Some(extra) => Err(refused(format!("something follows its end: {extra:?}"))),
        }
    }

    /// Refuses a name that `known` does not have.
    pub(super) fn check_names(&self, known: &impl Fn(&str) -> bool) -> Result<(), Failure> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().try_for_each(|part| part.check_names(known))
            }
            Self::Compare { name, .. } if known(name) => Ok(()),
            Self::Compare { name, .. } => Err(refused(format!("there is no {name}"))),
        }
    }

    /// Whether it holds for what has these values. A comparison holds if one value does; `NE` if all do.
    pub(super) fn holds(&self, values: &impl Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(values)),
            Self::Compare { name, operator, value } => {
                let values = values(name);
                let mut holds = values.iter().map(|is| operator.holds(is, value));
                if *operator == Operator::Ne { holds.all(|it| it) } else { holds.any(|it| it) }
            }
        }
    }
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::bad_request(format!("The filter is not understood: {why}"))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn eat(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Result<Expression, Failure> {
        if depth > DEEPEST {
            return Err(refused("its parentheses go too deep"));
        }
        let mut parts = vec![self.all(depth)?];
        while self.eat(&Token::Word("OR".into())) {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Expression, Failure> {
        let mut parts = vec![self.one(depth)?];
        while self.eat(&Token::Word("AND".into())) {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Expression, Failure> {
        if self.eat(&Token::Open) {
            let inner = self.any(depth + 1)?;
            return if self.eat(&Token::Close) {
                Ok(inner)
            } else {
                Err(refused("a parenthesis is not closed"))
            };
        }
        self.comparison()
    }

    /// `Name EQ value`, or `Names/ANY(c: c EQ value)`.
    fn comparison(&mut self) -> Result<Expression, Failure> {
        let mut name: Vec<String> = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(word)) => {
                    if let Some(operator) = Operator::named(&word) {
                        let value = self.value()?;
                        return Ok(Expression::Compare { name: name.join(" "), operator, value });
                    }
                    if let Some(list) = word.strip_suffix("/ANY") {
                        return self.any_of(list.to_owned());
                    }
                    name.push(word);
                }
                Some(Token::Quoted(text)) => name.push(text),
                Some(Token::Open | Token::Close) | None => {
                    return Err(refused("a comparison has no operator"));
                }
            }
        }
    }

    /// `(c: c EQ value)` after `Names/ANY`.
    fn any_of(&mut self, name: String) -> Result<Expression, Failure> {
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
    fn value(&mut self) -> Result<String, Failure> {
        if let Some(Token::Quoted(text)) = self.peek() {
            let text = text.clone();
            self.at += 1;
            return Ok(text);
        }
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            if word == "AND" || word == "OR" {
                break;
            }
            words.push(word.clone());
            self.at += 1;
        }
        if words.is_empty() { Err(refused("a value is missing")) } else { Ok(words.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    fn holds(text: &str) -> bool {
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
        Expression::parse(text).expect(text).holds(&values)
    }

    #[test]
    fn comparisons_hold_as_written() {
        for text in [
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
            assert!(holds(text), "{text}");
        }
        for text in
            ["Status EQ 00.5", "Missing EQ 0", "(Status EQ 0 OR Status EQ 1) AND Status EQ 2"]
        {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        let deep = "(".repeat(100_000);
        for text in [
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
            assert!(Expression::parse(text).is_err(), "{text:.40}");
        }
    }
}
