use http::Method;

/// One operation of a vendor, as its specification describes it. Generated; one static for each.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The generated method's name, such as `get_assets_by_folder`.
    pub id: &'static str,
    /// The tag, which is also the name of the module and of the Cargo feature.
    pub tag: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template below the base URL, such as `/api/file/asset/{assetId}`.
    pub path: &'static str,
    /// Whether repeating the call has the same intended effect (RFC 9110 section 9.2.2).
    pub idempotent: bool,
    /// Whether the connection's credential is sent.
    pub authenticated: bool,
    /// The media type asked for, if any.
    pub accept: Option<&'static str>,
    /// The media type of the request body, where it is fixed.
    pub content_type: Option<&'static str>,
    /// What wraps the answer.
    pub envelope: Envelope,
    /// The remote procedure, for JSON-RPC operations.
    pub rpc: Option<Rpc>,
    /// How the operation is paged, for list operations.
    pub pagination: Option<Pagination>,
    /// How well the operation is known.
    pub evidence: Evidence,
}

impl Operation {
    /// The skeleton that generated tables complete with struct update syntax's const counterpart:
    /// everything optional is absent.
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
            idempotent,
            authenticated: true,
            accept: None,
            content_type: None,
            envelope: Envelope::None,
            rpc: None,
            pagination: None,
            evidence,
        }
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
        self.envelope = Envelope::JsonRpc;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn paged(mut self, pagination: Pagination) -> Self {
        self.pagination = Some(pagination);
        self
    }
}

/// Whether a method is idempotent by definition (RFC 9110 section 9.2.2): what an operation is taken to
/// be when its specification does not say.
pub fn is_idempotent(method: &Method) -> bool {
    method.is_safe() || method == Method::PUT || method == Method::DELETE
}

/// What wraps the documented value in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
    /// Nothing: the body is the value.
    None,
    /// A JSON-RPC 2.0 response object: the value is `result`.
    JsonRpc,
    /// An object with the value in `payload`, beside counts and warnings; some answers go without it.
    Payload,
}

/// A JSON-RPC 2.0 procedure with positional parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rpc {
    /// The vendor's name of the procedure.
    pub method: &'static str,
    /// The parameters by position; `None` is a position that always carries `null`.
    pub params: &'static [Option<&'static str>],
}

/// How a list operation is paged: where the request says which page, where the answer has the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pagination {
    /// The kind of paging.
    pub style: PaginationStyle,
    /// The request member that says where the page begins, as a dotted path.
    pub start: &'static str,
    /// The request member that says how many items a page has, as a dotted path.
    pub size: &'static str,
    /// The answer member that holds the items; empty when the answer is the array itself.
    pub items: &'static str,
    /// The answer member that holds the number of all matches; empty when there is none.
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

/// The kind of paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaginationStyle {
    /// `start` counts items, from 0.
    Offset,
    /// `start` counts pages, from 1.
    Page,
    /// `start` is an opaque text taken from the page before.
    Cursor,
    /// There are no pages: the answer is the whole list.
    Single,
}

/// How well an operation is known. The vendors publish no specification that could be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// How sure the facts are.
    pub confidence: Confidence,
    /// Where they come from: the keys of `x-sources` in the specification.
    pub sources: &'static [&'static str],
    /// What is doubtful, if anything.
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

/// How sure the facts behind an operation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confidence {
    /// The vendor's own text shows it.
    Documented,
    /// Working client code of others uses it.
    Corroborated,
    /// It is our reading of incomplete evidence.
    Inferred,
}
