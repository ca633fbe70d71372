//! What a specification knows about an operation.

use http::Method;

use crate::Envelope;

/// One operation of a vendor's API, as its specification describes it. Generated code has one static for each.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The generated method's name, such as `get_assets_by_folder`.
    pub id: &'static str,
    /// The tag, which is also the name of the module and the Cargo feature.
    pub tag: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template below the base URL, such as `/api/file/asset/{assetId}`.
    pub path: &'static str,
    /// The server, if it is not that of the base URL.
    pub server: Option<Server>,
    /// The query parameters that every call sends, such as the `action` of an API with one path.
    pub query: &'static [(&'static str, &'static str)],
    /// Whether repeating the call has the same intended effect (RFC 9110 section 9.2.2).
    pub idempotent: bool,
    /// Whether the connection's credential is sent.
    pub authenticated: bool,
    /// The media type for `Accept`, if any.
    pub accept: Option<&'static str>,
    /// The media type of the request body, if it is fixed.
    pub content_type: Option<&'static str>,
    /// The envelope around the response.
    pub envelope: Envelope,
    /// The remote procedure, for JSON-RPC operations.
    pub rpc: Option<Rpc>,
    /// How the operation is paged, for list operations.
    pub pagination: Option<Pagination>,
    /// How certain the description is.
    pub evidence: Evidence,
}

impl Operation {
    /// An operation without anything optional, to which generated tables add the rest.
    #[doc(hidden)]
    pub const fn new(
        id: &'static str,
        tag: &'static str,
        method: Method,
        path: &'static str,
        idempotent: bool,
        evidence: Evidence,
    ) -> Self {
        Self {
            id,
            tag,
            method,
            path,
            server: None,
            query: &[],
            idempotent,
            authenticated: true,
            accept: None,
            content_type: None,
            envelope: Envelope::NONE,
            rpc: None,
            pagination: None,
            evidence,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn at(mut self, server: Server) -> Self {
        self.server = Some(server);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn with_query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.authenticated = false;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn accepting(mut self, media_type: &'static str) -> Self {
        self.accept = Some(media_type);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn sending(mut self, media_type: &'static str) -> Self {
        self.content_type = Some(media_type);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn wrapped(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn rpc(
        mut self,
        method: &'static str,
        params: &'static [Option<&'static str>],
    ) -> Self {
        self.rpc = Some(Rpc { method, params });
        self.envelope = Envelope::JSON_RPC;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn paged(mut self, pagination: Pagination) -> Self {
        self.pagination = Some(pagination);
        self
    }

    /// The members of the response that are required, even if the type makes them optional: without its items, a page
    /// would look like the empty page that ends a listing, and without its cursor like the last page.
    pub(crate) fn required_members(&self) -> Vec<&'static str> {
        let Some(pages) = self.pagination else { return Vec::new() };
        let cursor = (pages.style == PaginationStyle::Cursor).then_some(pages.total);
        [Some(pages.items), cursor].into_iter().flatten().filter(|path| !path.is_empty()).collect()
    }
}

/// Whether a method is idempotent by definition (RFC 9110 section 9.2.2). The default for an operation whose
/// specification does not state it.
pub fn is_idempotent(method: &Method) -> bool {
    method.is_safe() || method == Method::PUT || method == Method::DELETE
}

/// The server of an operation that is not at the base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Its URL, in which `{name}` is a variable of the base URL; a path for another path of the same host; empty if only the
    /// response to another operation has the URL.
    pub url: &'static str,
    /// The base URLs of the specification. A client with another one does not call `url`.
    pub roots: &'static [&'static str],
}

impl Server {
    #[doc(hidden)]
    pub const fn new(url: &'static str, roots: &'static [&'static str]) -> Self {
        Self { url, roots }
    }
}

/// A JSON-RPC 2.0 procedure with positional parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rpc {
    /// The name of the procedure.
    pub method: &'static str,
    /// The names of the parameters by position; `None` is a position that is always `null`.
    pub params: &'static [Option<&'static str>],
}

/// How a list operation is paged: which request members select the page, and which response member has the
/// items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pagination {
    /// The style of paging.
    pub style: PaginationStyle,
    /// The request member for the start of the page, as a dotted path.
    pub start: &'static str,
    /// The request member for the size of the page, as a dotted path.
    pub size: &'static str,
    /// The response member with the items, as a dotted path; empty if the response is the array itself.
    pub items: &'static str,
    /// The response member with the total number of items, or for [cursors](PaginationStyle::Cursor) with the
    /// next cursor, as a dotted path; empty if there is none.
    pub total: &'static str,
}

impl Pagination {
    #[doc(hidden)]
    pub const fn new(
        style: PaginationStyle,
        start: &'static str,
        size: &'static str,
        items: &'static str,
        total: &'static str,
    ) -> Self {
        Self { style, start, size, items, total }
    }
}

/// The style of paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaginationStyle {
    /// `start` is the index of the first item, from 0.
    Offset,
    /// `start` is the number of the page, from 1.
    Page,
    /// `start` is an opaque string from the previous page.
    Cursor,
    /// There are no pages. The response is the whole list.
    Single,
}

/// How certain the description of an operation is. The vendors publish no machine-readable specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// How certain the facts are.
    pub confidence: Confidence,
    /// The sources of the facts, as keys of `x-sources` in the specification.
    pub sources: &'static [&'static str],
    /// What is uncertain, if anything.
    pub doubt: Option<&'static str>,
}

impl Evidence {
    #[doc(hidden)]
    pub const fn new(
        confidence: Confidence,
        sources: &'static [&'static str],
        doubt: Option<&'static str>,
    ) -> Self {
        Self { confidence, sources, doubt }
    }
}

/// How certain the facts about an operation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confidence {
    /// Seen in the vendor's responses by `oneteg verify`.
    Observed,
    /// Shown by vendor documentation.
    Documented,
    /// Seen in published client code; not confirmed by vendor documentation.
    Corroborated,
    /// Inferred from incomplete evidence.
    Inferred,
}
