//! Faulty specifications, a line each: the rule that finds the fault, what is changed in the base, and
//! words of the message.

use serde_json::{Value, json};

/// The changes of one fault: JSON pointers and values, where `null` removes.
pub fn faults() -> Vec<(&'static str, Value, &'static str)> {
    let object = || json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let operation = |id: &str| {
        json!({
            "operationId": id, "tags": ["items"], "summary": "Does it.",
            "x-evidence": { "confidence": "inferred", "sources": ["s1"] },
            "responses": { "204": { "description": "Done." } }
        })
    };
    let answer = |schema: Value| json!({ "description": "It.", "content": { "application/json": { "schema": schema } } });
    let deep = (0..14)
        .fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
    let nullable = |target: &str| json!({ "$ref": format!("#/components/schemas/{target}") });
    vec![
        ("openapi_version", json!({ "/openapi": "3.1.0" }), "OpenAPI 3.1.0 is not supported"),
        ("openapi_version", json!({ "/openapi": null, "/swagger": "2.0" }), "Swagger 2.0"),
        ("openapi_version", json!({ "/openapi": "2.0" }), "no version of OpenAPI 3.0"),
        ("openapi_version", json!({ "/openapi": 3.0 }), "not a text"),
        ("openapi_version", json!({ "/openapi": null }), "is missing"),
        ("info", json!({ "/info/version": 1.0 }), "`info.version` is not a text"),
        ("info", json!({ "/info/title": null }), "`info.title` is not a text"),
        ("sections", json!({ "/paths": {} }), "has no operations"),
        ("sections", json!({ "/webhooks": {} }), "OpenAPI 3.1"),
        ("security_schemes", json!({ "/security": [{ "kye": [] }] }), "no security scheme `kye`"),
        ("security_schemes", json!({ "@get/security": [{ "x": [] }] }), "no security scheme `x`"),
        (
            "wrong_types",
            json!({ "@get/description": 5 }),
            "`description` of an operation is a number",
        ),
        (
            "wrong_types",
            json!({ "@get/deprecated": "no" }),
            "`deprecated` of an operation is a text",
        ),
        ("wrong_types", json!({ "@schemas/Item/properties/id": true }), "must be a mapping"),
        (
            "wrong_types",
            json!({ "@schemas/Item/properties": [] }),
            "`properties` of a schema is not such a list",
        ),
        (
            "wrong_types",
            json!({ "@schemas/Folder/properties/children/items": [] }),
            "must be a mapping",
        ),
        (
            "wrong_types",
            json!({ "@schemas/Item/required": "id" }),
            "`required` of a schema is a text",
        ),
        ("wrong_types", json!({ "@schemas/Item/nullable": "yes" }), "`nullable` of a schema"),
        (
            "wrong_types",
            json!({ "@schemas/Folder/additionalProperties": "any" }),
            "`additionalProperties`",
        ),
        (
            "unknown_keys",
            json!({ "@get/operatonId": "x" }),
            "`operatonId` is not a key of an operation",
        ),
        (
            "unknown_keys",
            json!({ "@schemas/Item/requried": ["id"] }),
            "`requried` is not a key of a schema",
        ),
        ("unknown_keys", json!({ "@list/x-idempotant": true }), "`x-idempotant`"),
        (
            "unknown_keys",
            json!({ "@list/parameters/0/requird": true }),
            "`requird` is not a key of a parameter",
        ),
        ("unknown_keys", json!({ "@schemas/Item/const": 1 }), "OpenAPI 3.1"),
        ("unknown_keys", json!({ "@schemas/Item/$defs": {} }), "OpenAPI 3.1"),
        (
            "references_are_local",
            json!({ "@schemas/Item/properties/kind": { "$ref": "other.yaml#/Kind" } }),
            "does not stay within",
        ),
        (
            "references_are_local",
            json!({ "@schemas/Item/properties/kind": { "$ref": 5 } }),
            "does not stay within",
        ),
        (
            "references_lead_to_the_right_group",
            json!({ "@schemas/Item/properties/kind": { "$ref": "#/components/schemas/Kinds" } }),
            "`Kinds` is not defined",
        ),
        (
            "references_lead_to_the_right_group",
            json!({ "@schemas/Item/properties/kind": { "$ref": "#/components/parameters/Fields" } }),
            "does not lead to a member of `components.schemas`",
        ),
        (
            "references_lead_to_the_right_group",
            json!({ "@get/parameters/1": { "$ref": "#/components/parameters/Gone" } }),
            "not defined in `components.parameters`",
        ),
        (
            "reference_cycles",
            json!({ "@schemas/Kind": nullable("Loop"), "@schemas/Loop": nullable("Kind") }),
            "leads back to itself",
        ),
        (
            "reference_siblings",
            json!({ "@schemas/Item/properties/kind/type": "string" }),
            "beside a reference is ignored",
        ),
        (
            "unused_components",
            json!({ "@schemas/Lonely": object() }),
            "no operation reaches `Lonely`",
        ),
        (
            "unused_components",
            json!({ "/components/headers": { "H": { "schema": { "type": "string" } } } }),
            "no operation reaches `H`",
        ),
        ("tags_are_declared", json!({ "@get/tags": ["itms"] }), "the tag `itms` is not declared"),
        (
            "tag_names",
            json!({ "/tags/-": { "name": "Items" } }),
            "two tags become the feature `items`",
        ),
        ("tag_names", json!({ "/tags/-": { "name": "mock" } }), "every SDK"),
        ("tag_names", json!({ "/tags/-": { "name": "type" } }), "name of a Rust module"),
        ("tag_names", json!({ "/tags/-": { "name": "3d" } }), "name of a Rust module"),
        ("tag_names", json!({ "/tags/-": { "name": "½" } }), "name of a Rust module"),
        ("tag_names", json!({ "/tags/-": {} }), "this tag has no name"),
        (
            "path_templates",
            json!({ "/paths/things": { "get": operation("things") } }),
            "does not begin with a slash",
        ),
        (
            "path_templates",
            json!({ "/paths/~1a{": { "get": operation("things") } }),
            "`{` without a `}`",
        ),
        (
            "path_templates",
            json!({ "/paths/~1a}": { "get": operation("things") } }),
            "`}` without a `{`",
        ),
        (
            "path_templates",
            json!({ "/paths/~1{}": { "get": operation("things") } }),
            "not a plain name",
        ),
        (
            "path_templates",
            json!({ "/paths/~1{;a}": { "get": operation("things") } }),
            "not a plain name",
        ),
        (
            "path_templates",
            json!({ "/paths/~1{a}~1{a}": { "get": operation("things") } }),
            "placeholder `a` twice",
        ),
        (
            "path_templates",
            json!({ "/paths/~1a?b=c": { "get": operation("things") } }),
            "a query or white space",
        ),
        ("path_parameters", json!({ "@get/parameters/0/required": false }), "is not required"),
        ("path_parameters", json!({ "@get/parameters/0/name": "key" }), "`key` is not in the path"),
        (
            "path_parameters",
            json!({ "/paths/~1a~1{b}": { "get": operation("things") } }),
            "placeholder `b` of the path has no parameter",
        ),
        (
            "path_items",
            json!({ "/paths/~1a": { "$ref": "#/components/pathItems/A" } }),
            "path that is a reference",
        ),
        (
            "path_items",
            json!({ "/paths/~1items/options": operation("things") }),
            "method `options` is not supported",
        ),
        ("path_items", json!({ "/paths/~1items/servers": [] }), "servers of a single path"),
        (
            "equal_paths",
            json!({ "/paths/~1items~1{key}": { "get": operation("again") } }),
            "same method and path",
        ),
        ("fragments", json!({ "@rpc/x-rpc-params": null }), "has a fragment"),
        ("fragments", json!({ "@add/x-rpc-params": ["id"] }), "which remote procedure"),
        (
            "fragments",
            json!({ "/paths/~1rpc#": { "post": { "x-rpc-params": [], "operationId": "a" } } }),
            "not the name of a remote procedure",
        ),
        ("operation_ids", json!({ "@get/operationId": null }), "no `operationId`"),
        ("operation_ids", json!({ "@get/operationId": "call" }), "a name that the client needs"),
        (
            "operation_ids",
            json!({ "@get/operationId": "byteStream" }),
            "a name that the client needs",
        ),
        ("operation_ids", json!({ "@get/operationId": "½" }), "cannot be a name in Rust"),
        ("operation_id_clashes", json!({ "@get/operationId": "addItem" }), "called `add_item`"),
        ("operation_id_clashes", json!({ "@get/operationId": "Add_Item" }), "called `add_item`"),
        ("one_tag", json!({ "@get/tags": [] }), "the operation has 0 tags"),
        ("one_tag", json!({ "@get/tags": ["items", "folders"] }), "the operation has 2 tags"),
        ("one_tag", json!({ "@get/tags": null }), "the operation has 0 tags"),
        ("summaries", json!({ "@get/summary": null }), "no summary"),
        ("summaries", json!({ "@get/summary": "One.\n\nTwo." }), "no summary of one line"),
        ("not_generated", json!({ "@get/callbacks": {} }), "`callbacks` of an operation"),
        ("not_generated", json!({ "@get/servers": [] }), "`servers` of an operation"),
        ("evidence", json!({ "@get/x-evidence": null }), "does not say how it is known"),
        ("evidence", json!({ "@get/x-evidence/confidence": "sure" }), "`sure` is no confidence"),
        ("evidence", json!({ "@get/x-evidence/sources": "s1" }), "not a list of texts"),
        ("evidence", json!({ "@get/x-evidence/sources": ["s2"] }), "there is no source `s2`"),
        ("evidence", json!({ "@get/x-evidence/doubt": true }), "the doubt is not a text"),
        ("idempotent", json!({ "@list/x-idempotent": "yes" }), "neither true nor false"),
        ("envelope", json!({ "@rpc/x-envelope": "soap" }), "is no envelope"),
        ("envelope", json!({ "/x-envelope": "payload" }), "is no envelope"),
        ("rpc_params", json!({ "@rpc/x-rpc-params": ["id"] }), "`deep` has no place"),
        (
            "rpc_params",
            json!({ "@rpc/x-rpc-params": ["id", "deep", "more"] }),
            "`more` of `x-rpc-params`",
        ),
        ("rpc_params", json!({ "@rpc/x-rpc-params": ["id", "deep", "id"] }), "listed twice"),
        (
            "rpc_params",
            json!({ "@rpc/x-rpc-params": ["id", "deep", 7] }),
            "not the name of a parameter",
        ),
        ("rpc_params", json!({ "@rpc/x-rpc-params": "id" }), "`x-rpc-params` is not a list"),
        ("rpc_params", json!({ "@rpc/requestBody": null }), "no request body describes them"),
        (
            "rpc_params",
            json!({ "@rpc/requestBody/content/application~1json/schema": nullable("Folder") }),
            "not described in place",
        ),
        (
            "rpc_params",
            json!({ "@rpc/requestBody/content/application~1json/schema/additionalProperties": true }),
            "cannot be open",
        ),
        (
            "rpc_params",
            json!({ "/paths/~1rpc#a": { "get": { "x-rpc-params": [], "operationId": "a" } } }),
            "called with POST",
        ),
        ("pagination", json!({ "@list/x-pagination/style": "pages" }), "no style of pages"),
        ("pagination", json!({ "@list/x-pagination/start": "from" }), "no `from` in the request"),
        ("pagination", json!({ "@list/x-pagination/items": "hits" }), "no `hits` in the answer"),
        ("pagination", json!({ "@list/x-pagination/items": "total" }), "is not a list"),
        (
            "pagination",
            json!({ "@list/x-pagination/total": "page.total" }),
            "no `page.total` in the answer",
        ),
        ("pagination", json!({ "@list/x-pagination/size": null }), "does not say where `size` is"),
        ("pagination", json!({ "@list/x-pagination/sise": "size" }), "not a key of `x-pagination`"),
        ("parameter_places", json!({ "@list/parameters/0/name": null }), "has no name"),
        ("parameter_places", json!({ "@list/parameters/0/in": "cookie" }), "cookies are not sent"),
        (
            "parameter_places",
            json!({ "@list/parameters/0/in": "body" }),
            "does not say where it is sent",
        ),
        (
            "parameter_places",
            json!({ "@get/parameters/2/name": "Authorization" }),
            "set by the runtime",
        ),
        (
            "parameter_styles",
            json!({ "@list/parameters/0/style": "matrix" }),
            "the style `matrix` is not supported",
        ),
        (
            "parameter_styles",
            json!({ "@get/parameters/0/style": "label" }),
            "the style `label` is not supported",
        ),
        (
            "parameter_content",
            json!({ "@list/parameters/0/content": { "application/json": {} } }),
            "media type of its own",
        ),
        (
            "parameter_types",
            json!({ "@get/parameters/0/schema": object() }),
            "no form in a path or a header",
        ),
        (
            "parameter_types",
            json!({ "@list/parameters/0/schema": { "type": "array", "items": object() } }),
            "nested too deeply for a URL",
        ),
        (
            "parameter_clashes",
            json!({ "@list/parameters/0/name": "Size" }),
            "called `size` in Rust",
        ),
        (
            "parameter_clashes",
            json!({ "@list/parameters/0/name": "body" }),
            "every call needs for itself",
        ),
        (
            "parameter_clashes",
            json!({ "@list/parameters/0/name": "²" }),
            "cannot be a name in Rust",
        ),
        (
            "parameter_clashes",
            json!({ "@get/parameters/1": { "name": "id", "in": "query" } }),
            "called `id` in Rust",
        ),
        (
            "one_media_type",
            json!({ "@upload/requestBody/content/text~1plain": {} }),
            "2 media types",
        ),
        ("one_media_type", json!({ "@upload/requestBody/content": {} }), "no content"),
        (
            "one_media_type",
            json!({ "@upload/requestBody/content": { "*/*": {} } }),
            "not a media type that can be sent",
        ),
        ("multipart_forms", json!({ "@form": {} }), "which parts it has"),
        ("multipart_forms", json!({ "@form/additionalProperties": true }), "not all listed"),
        (
            "multipart_members",
            json!({ "@form/properties/name": object() }),
            "neither a file nor a plain text",
        ),
        (
            "multipart_members",
            json!({ "@form/properties/name/format": "date-time" }),
            "neither a file nor a plain text",
        ),
        (
            "urlencoded_forms",
            json!({ "@upload/requestBody/content": { "application/x-www-form-urlencoded": { "schema": { "type": "string" } } } }),
            "not an object",
        ),
        (
            "urlencoded_forms",
            json!({ "@upload/requestBody/content": { "application/x-www-form-urlencoded": { "schema": { "type": "object", "properties": { "o": { "type": "object" } } } } } }),
            "of the form is an object",
        ),
        (
            "statuses",
            json!({ "@upload/responses/2xx": { "description": "It." } }),
            "`2xx` is no status",
        ),
        (
            "statuses",
            json!({ "@upload/responses/700": { "description": "It." } }),
            "`700` is no status",
        ),
        (
            "success",
            json!({ "@upload/responses": { "400": { "description": "It." } } }),
            "no answer for success",
        ),
        (
            "success",
            json!({ "@upload/responses": { "default": { "description": "It." } } }),
            "no answer for success",
        ),
        ("success", json!({ "@upload/responses": null }), "no answer for success"),
        ("answer_descriptions", json!({ "@upload/responses/204": {} }), "no description"),
        (
            "success_shapes",
            json!({ "@get/responses/201": answer(object()), "@get/responses/202": answer(json!({ "type": "object", "properties": { "b": {} } })) }),
            "cannot be told apart",
        ),
        (
            "success_shapes",
            json!({ "@get/responses/202": { "description": "It.", "content": { "image/png": {} } } }),
            "one success is JSON",
        ),
        (
            "schema_types",
            json!({ "@schemas/Item/properties/id/type": "strng" }),
            "`strng` is no type",
        ),
        (
            "schema_types",
            json!({ "@schemas/Item/properties/id/type": ["string", "null"] }),
            "a list of types is OpenAPI 3.1",
        ),
        (
            "schema_types",
            json!({ "@schemas/Item/properties/id/type": "null" }),
            "type `null` is OpenAPI 3.1",
        ),
        (
            "schema_types",
            json!({ "@schemas/Item/properties/id/type": "file" }),
            "`file` is no type",
        ),
        (
            "schema_types",
            json!({ "@schemas/Item/properties/id/type": 3 }),
            "the type is not a text",
        ),
        ("schema_members", json!({ "@schemas/Item/type": "array" }), "`properties` has no meaning"),
        (
            "schema_members",
            json!({ "@schemas/Folder/properties/children/type": "string" }),
            "`items` has no meaning",
        ),
        ("required_members", json!({ "@schemas/Item/required": ["ident"] }), "`ident` is required"),
        ("required_members", json!({ "@schemas/Item/required": ["id", "id"] }), "required twice"),
        (
            "compositions",
            json!({ "@schemas/Item/properties/kind": { "allOf": [] } }),
            "`allOf` is not a list of schemas",
        ),
        (
            "compositions",
            json!({ "@schemas/Item/properties/kind": { "oneOf": {} } }),
            "`oneOf` is not a list of schemas",
        ),
        (
            "compositions",
            json!({ "@schemas/Item/properties/kind": { "oneOf": [{}], "anyOf": [{}] } }),
            "stand beside each other",
        ),
        (
            "compositions",
            json!({ "@schemas/Item/oneOf": [{ "type": "object" }] }),
            "members beside alternatives",
        ),
        (
            "alternatives",
            json!({ "@schemas/Item/properties/parent": { "oneOf": [nullable("Folder"), object()] } }),
            "alternative 1 also takes",
        ),
        (
            "alternatives",
            json!({ "@schemas/Item/properties/parent": { "anyOf": [{ "type": "string" }, { "type": "string", "format": "uuid" }] } }),
            "alternative 1 also takes",
        ),
        (
            "contradictions",
            json!({ "@schemas/Item/properties/parent": { "allOf": [object(), { "type": "object", "properties": { "a": { "type": "integer" } } }] } }),
            "different types",
        ),
        (
            "contradictions",
            json!({ "@schemas/Item/properties/parent": { "allOf": [object(), { "type": "string" }] } }),
            "at once",
        ),
        (
            "unsupported_schemas",
            json!({ "@schemas/Item/properties/id": { "not": { "type": "string" } } }),
            "`not` in a schema",
        ),
        (
            "unsupported_schemas",
            json!({ "@schemas/Item/discriminator": { "propertyName": "id" } }),
            "`discriminator` in a schema",
        ),
        ("nesting", json!({ "@schemas/Item/properties/id": deep }), "is inside of 12 others"),
        (
            "infinite_types",
            json!({ "@schemas/Folder/required": ["up"], "@schemas/Folder/properties/up": nullable("Folder") }),
            "without end",
        ),
        ("infinite_types", json!({ "@schemas/Folder/allOf": [nullable("Folder")] }), "without end"),
        (
            "times_in_named_schemas",
            json!({ "@schemas/Item/properties/id": { "type": "object", "properties": { "at": { "type": "integer", "format": "unix-ms" } } } }),
            "object without a name",
        ),
        (
            "enum_values",
            json!({ "@schemas/Kind/enum": [], "@schemas/Kind/x-enum-descriptions": null }),
            "has no values",
        ),
        ("enum_values", json!({ "@schemas/Kind/enum": ["a", "a"] }), "listed twice"),
        ("enum_types", json!({ "@schemas/Kind/type": null }), "needs the type string or integer"),
        ("enum_types", json!({ "@schemas/Kind/enum": ["a", true] }), "does not fit the type"),
        ("enum_types", json!({ "@schemas/Kind/enum": [1, 2] }), "does not fit the type"),
        ("enum_types", json!({ "@schemas/Kind/enum": ["a", null] }), "does not fit the type"),
        (
            "enum_lists",
            json!({ "@schemas/Kind/x-enum-descriptions": ["One."] }),
            "1 entries for 2 values",
        ),
        (
            "enum_lists",
            json!({ "@schemas/Kind/x-enum-names": ["A", "B", "C"] }),
            "3 entries for 2 values",
        ),
        (
            "enum_names",
            json!({ "@schemas/Kind/x-enum-names": ["a b", "B"] }),
            "cannot be the name of a variant",
        ),
        (
            "enum_names",
            json!({ "@schemas/Kind/x-enum-names": ["Same", "Same"] }),
            "two values are called `Same`",
        ),
        ("enum_names", json!({ "@schemas/Kind/x-enum-names": ["Other", "B"] }), "every enum has"),
        ("enum_names", json!({ "@schemas/Kind/enum": ["½", "b"] }), "no name can be made"),
        (
            "schema_names",
            json!({ "@schemas/Result": object(), "@schemas/Item/properties/r": nullable("Result") }),
            "generated code needs",
        ),
        (
            "schema_names",
            json!({ "@schemas/item_page": object(), "@schemas/Item/properties/r": nullable("item_page") }),
            "become the type `ItemPage`",
        ),
        (
            "schema_names",
            json!({ "@schemas/½": object(), "@schemas/Item/properties/r": nullable("½") }),
            "cannot be a type in Rust",
        ),
        (
            "member_names",
            json!({ "@schemas/Item/properties/ID": { "type": "string" } }),
            "become the field `id`",
        ),
        (
            "member_names",
            json!({ "@schemas/Item/properties/-": { "type": "string" } }),
            "cannot be a field in Rust",
        ),
        (
            "member_names",
            json!({ "@schemas/Folder/properties/extra": { "type": "string" } }),
            "field for unknown members",
        ),
        (
            "member_names",
            json!({ "@form/properties/new": { "type": "string" } }),
            "function of every form",
        ),
        (
            "made_names",
            json!({ "@schemas/ItemState": object(), "@schemas/Item/properties/r": nullable("ItemState") }),
            "called `ItemState`",
        ),
        (
            "made_names",
            json!({ "@schemas/UploadForm": object(), "@schemas/Item/properties/r": nullable("UploadForm") }),
            "called `UploadForm`",
        ),
        (
            "made_names",
            json!({ "@schemas/GetFolderParams": object(), "@schemas/Item/properties/r": nullable("GetFolderParams") }),
            "called `GetFolderParams`",
        ),
        (
            "made_names",
            json!({ "@schemas/ItemBox": object(), "@schemas/Item/properties/r": nullable("ItemBox"), "@schemas/Item/properties/box": object() }),
            "called `ItemBox`",
        ),
        (
            "made_names",
            json!({ "@schemas/ListItemsSort": object(), "@schemas/Item/properties/r": nullable("ListItemsSort") }),
            "called `ListItemsSort`",
        ),
        (
            "made_names",
            json!({ "@schemas/GetItemFields": object(), "@schemas/Item/properties/r": nullable("GetItemFields") }),
            "called `GetItemFields`",
        ),
        (
            "made_names",
            json!({ "/components/responses/Item": answer(object()) }),
            "a type without a name",
        ),
        ("unknown_keys", json!({ "@get/colour": "red" }), "`colour` is not a key of an operation"),
    ]
}
