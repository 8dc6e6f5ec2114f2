"""What is true of a record's fields beyond their types, and of an operation before its function is imported: plain data.

A record, a body, a query or an answer is a `TypedDict`. Its annotations carry markers; `members` reads them. Schemas are
built from them in `api/`, columns and filters here. Nothing of this package imports marshmallow.
"""

from mockmarket.records.markers import (
    MISSING as MISSING,
    Alias as Alias,
    AnyNumberForm as AnyNumberForm,
    Body as Body,
    Check as Check,
    Column as Column,
    Default as Default,
    Description as Description,
    Email as Email,
    Example as Example,
    FieldError as FieldError,
    Filter as Filter,
    Length as Length,
    Link as Link,
    Messages as Messages,
    Notified as Notified,
    OneOf as OneOf,
    Operator as Operator,
    Pattern as Pattern,
    Range as Range,
    Reads as Reads,
    Shape as Shape,
    Shaped as Shaped,
    Sort as Sort,
    SortKey as SortKey,
    check as check,
    open_ended as open_ended,
)
from mockmarket.records.operations import (
    Row as Row,
    delete as delete,
    get as get,
    patch as patch,
    post as post,
    put as put,
    table as table,
    unbuilt as unbuilt,
    unbuilt_calls as unbuilt_calls,
)
from mockmarket.records.shape import (
    Create as Create,
    Item as Item,
    Member as Member,
    Query as Query,
    Rows as Rows,
    Update as Update,
    checks_of as checks_of,
    columns as columns,
    defaults as defaults,
    filters as filters,
    is_open_ended as is_open_ended,
    item_of as item_of,
    members as members,
    notified as notified,
    origin_of as origin_of,
    sort_keys as sort_keys,
)
