from keepstep.core.schema import AttributeType, Case, Normal, Schema, Syntax


def test_comparable_follows_the_attributes_own_case_rule():
    exact, ignore = AttributeType(name="a"), AttributeType(name="a", case=Case.IGNORE)
    assert exact.comparable(("Ab",)) != exact.comparable(("aB",))
    assert ignore.comparable(("Ab",)) == ignore.comparable(("aB",))


def test_the_order_of_several_values_means_nothing():
    many = AttributeType(name="a", multi=True)
    assert many.comparable(("b", "a", "b")) == many.comparable(("a", "b"))


def test_values_are_normalised_as_the_target_keeps_them():
    assert AttributeType(name="p", normal=Normal.DIGITS).normalise(("+385 91",)) == ("38591",)
    assert AttributeType(name="p", normal=Normal.SINGLE_SPACED).normalise(("  a  b ",)) == ("a b",)


def test_a_value_that_is_empty_once_normalised_is_null():
    assert AttributeType(name="p", normal=Normal.DIGITS).normalise(("n/a",)) == ()
    assert AttributeType(name="p", multi=True, normal=Normal.TRIM).normalise(("a", " ", "a ")) == ("a",)


def test_refusals_name_the_attribute_and_never_the_value():
    cases = [
        (AttributeType(name="a", writable=False), ("secret",), "cannot be written"),
        (AttributeType(name="a"), ("secret", "two"), "has 2 values, the schema allows 1"),
        (AttributeType(name="a", multi=True, max_values=1), ("secret", "two"), "has 2 values, the schema allows 1"),
        (AttributeType(name="a", max_length=3), ("secret",), "has 6 characters, the schema allows 3"),
        (AttributeType(name="a", forbidden="<"), ("secret<",), "has the character '<'"),
        (AttributeType(name="a", choices=("X", "Y")), ("secret",), "must be one of X, Y"),
    ]
    for kind, values, expected in cases:
        refusal = kind.refusal(values)
        assert expected in refusal
        assert '"a"' in refusal
        assert "secret" not in refusal
    assert AttributeType(name="a", max_length=3, choices=("abc",), forbidden="<").refusal(("abc",)) == ""


def test_names_are_found_in_any_spelling_the_system_allows():
    kind = AttributeType(name="givenName")
    assert Schema(objects="o", attributes={"givenName": kind}, name_case=Case.IGNORE).attribute("GIVENNAME") is kind
    assert Schema(objects="o", attributes={"givenName": kind}).attribute("GIVENNAME") is None


def test_a_family_of_attributes_needs_no_declaration():
    schema = Schema(objects="o", attributes={}, open_prefixes=("customAttributes.",))
    found = schema.attribute("customAttributes.Shoe size")
    assert found is not None
    assert found.name == "customAttributes.Shoe size"
    assert schema.attribute("customAttributes.") is None


def test_what_a_new_object_lacks_is_named():
    needed = Schema(objects="users", attributes={"cn": AttributeType(name="cn", required=True)})
    assert needed.lacking({}) == 'left out: there is no value for attribute "cn", which users must have'
    assert needed.lacking({"cn": ("x",)}) == ""


def test_the_length_of_a_binary_value_counts_its_bytes():
    photo = AttributeType(name="photo", syntax=Syntax.BINARY, max_length=4)
    assert photo.refusal(("AAAAAA==",)) == ""
    assert photo.refusal(("AAAAAAA=",)) == 'attribute "photo" has 5 bytes, the schema allows 4'
