"""Schemas of bodies in the OpenAPI document, each made exact for its direction, and their
examples, which are put together from those of the fields."""

from typing import Any

JsonSchema = dict[str, Any]
_NULL = {"type": "null"}
_MAPS = ("properties", "$defs")
_DATA = ("examples", "example", "default", "enum", "const")


def clean(schema: JsonSchema) -> JsonSchema:
    """Without the titles that repeat names, and with whole bounds of integers: generators make
    type names of the one and decimals of the other."""
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    made: JsonSchema = {}
    for name, value in schema.items():
        if name == "title":
            continue
        if name in bounds and schema.get("type") == "integer":
            made[name] = int(value)
        elif name in _MAPS:
            made[name] = {key: clean(one) for key, one in value.items()}
        elif name in _DATA:
            made[name] = value
        elif isinstance(value, dict) and name != "mapping":
            made[name] = clean(value)
        elif isinstance(value, list):
            made[name] = [clean(one) if isinstance(one, dict) else one for one in value]
        else:
            made[name] = value
    return made


def without_null(schema: JsonSchema) -> JsonSchema:
    """The schema of a value that is left out rather than null."""
    choices = [one for one in schema.get("anyOf", []) if one != _NULL]
    if len(choices) != 1 or len(choices) == len(schema["anyOf"]):
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if rest.get("default", ...) is None:
        del rest["default"]
    return {**choices[0], **rest}


def as_request(schema: JsonSchema) -> JsonSchema:
    """What a client sends: strict, and without null where the member can be left out."""
    required = schema.get("required", [])
    members = {
        name: one if name in required else without_null(one)
        for name, one in schema.get("properties", {}).items()
    }
    return {**schema, "properties": members} if members else schema


def as_answer(schema: JsonSchema) -> JsonSchema:
    """What the service sends: every member that is listed, and later perhaps more."""
    members = schema.get("properties")
    if members is None:
        return schema
    kept = {name: value for name, value in schema.items() if name != "additionalProperties"}
    plain = {
        name: {key: value for key, value in one.items() if key != "default"}
        for name, one in members.items()
    }
    return {**kept, "properties": plain, "required": list(members)}


def filled(value: Any, schema: JsonSchema, schemas: JsonSchema) -> Any:
    """An example with its null members, which FastAPI drops from the responses of an operation."""
    if "$ref" in schema:
        return filled(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if isinstance(value, list):
        return [filled(one, schema.get("items", {}), schemas) for one in value]
    if isinstance(value, dict):
        members = schema.get("properties", {})
        return value | {n: filled(value.get(n), one, schemas) for n, one in members.items()}
    return value


def example_of(schema: JsonSchema, schemas: JsonSchema, name: str) -> Any:
    """One whole value, of the first example of each field. Raises LookupError for a field that
    has none and whose type does not tell a value; `name` says where."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        return example_of(schemas[target], schemas, target)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, f"{name}[]")]
    if "properties" in schema:
        members = schema["properties"].items()
        return {key: example_of(one, schemas, f"{name}.{key}") for key, one in members}
    if "default" in schema:
        return schema["default"]
    raise LookupError(f"{name} has no example")
