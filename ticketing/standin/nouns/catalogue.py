"""Customers, products and prices."""

from decimal import Decimal
from typing import Any

from .. import errors
from ..calls import Call, Route, acting_on, listing, retrieving
from ..store import Object
from ..world import World, new_id, nulls
from . import money


def create_customer(call: Call) -> Object:
    given = call.params
    customer = call.world.store.add(
        {
            "id": new_id("cus"),
            "object": "customer",
            "address": given.get("address") or None,
            "balance": 0,
            "created": call.world.now(),
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": given.get("description") or None,
            "discount": None,
            "email": given.get("email") or None,
            "invoice_prefix": new_id("x")[2:10].upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": given.get("metadata") or {},
            "name": given.get("name") or None,
            "next_invoice_sequence": 1,
            "phone": given.get("phone") or None,
            "preferred_locales": given.get("preferred_locales", []),
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }
    )
    call.world.tell("customer.created", customer)
    return customer


def create_product(world: World, given: dict[str, Any]) -> Object:
    product = world.store.add(
        {
            "id": new_id("prod"),
            "object": "product",
            "active": given.get("active", True),
            "created": world.now(),
            "default_price": None,
            "description": given.get("description") or None,
            "images": given.get("images") or [],
            "livemode": False,
            "marketing_features": [],
            "metadata": given.get("metadata") or {},
            "name": given["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": given.get("statement_descriptor"),
            "tax_code": given.get("tax_code"),
            "type": "service",
            "unit_label": given.get("unit_label"),
            "updated": world.now(),
            "url": given.get("url"),
        }
    )
    world.tell("product.created", product)
    return product


def create_price(world: World, given: dict[str, Any], path: str = "") -> Object:
    """From the parameters of a price, or of the `price_data` at that path of another call."""

    def named(name: str) -> str:
        return f"{path}[{name}]" if path else name

    currency = money.require_currency(given["currency"], named("currency"))
    amount = _unit_amount(given, named)
    product = given.get("product")
    if bool(product) == bool(given.get("product_data")):
        raise errors.missing(named("product"))
    if product:
        world.find("product", product, param=named("product"))
    else:
        product = create_product(world, given["product_data"])["id"]
    recurring = given.get("recurring")
    price = world.store.add(
        {
            "id": new_id("price"),
            "object": "price",
            "active": given.get("active", True),
            "billing_scheme": "per_unit",
            "created": world.now(),
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": given.get("lookup_key"),
            "metadata": given.get("metadata") or {},
            "nickname": given.get("nickname"),
            "product": product,
            "recurring": recurring
            and nulls("meter", "trial_period_days")
            | {"interval_count": 1, "usage_type": "licensed"}
            | recurring,
            "tax_behavior": given.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            "unit_amount": amount,
            "unit_amount_decimal": str(amount),
        }
    )
    world.tell("price.created", price)
    return price


def _unit_amount(given: dict[str, Any], named: Any) -> int:
    if "unit_amount" in given and "unit_amount_decimal" in given:
        raise errors.invalid(
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
            named("unit_amount"),
        )
    if "unit_amount_decimal" in given:
        exact = Decimal(given["unit_amount_decimal"])
        if exact != int(exact):
            raise errors.not_offered("parts of a minor unit", named("unit_amount_decimal"))
        amount = int(exact)
    elif "unit_amount" in given:
        amount = given["unit_amount"]
    else:
        raise errors.missing(named("unit_amount"))
    if not 0 <= amount <= money.MOST_MINOR:
        raise errors.invalid("Invalid non-negative integer", named("unit_amount"))
    return amount


def _create_product(call: Call) -> Object:
    return create_product(call.world, call.params)


def _create_price(call: Call) -> Object:
    return create_price(call.world, call.params)


ROUTES = [
    Route(
        "POST",
        "/v1/customers",
        "CustomerCreateParams",
        create_customer,
        acting_on(
            "address",
            "description",
            "email",
            "metadata",
            "name",
            "phone",
            "preferred_locales",
        ),
    ),
    Route("GET", "/v1/customers/{id}", "CustomerRetrieveParams", retrieving("customer")),
    Route(
        "GET",
        "/v1/customers",
        "CustomerListParams",
        listing("customer", "created", "email"),
        acting_on("created", "email", "limit", "starting_after", "ending_before"),
    ),
    Route(
        "POST",
        "/v1/products",
        "ProductCreateParams",
        _create_product,
        acting_on(
            "active",
            "description",
            "images",
            "metadata",
            "name",
            "statement_descriptor",
            "tax_code",
            "unit_label",
            "url",
        ),
    ),
    Route("GET", "/v1/products/{id}", "ProductRetrieveParams", retrieving("product")),
    Route(
        "POST",
        "/v1/prices",
        "PriceCreateParams",
        _create_price,
        acting_on(
            "active",
            "billing_scheme",
            "currency",
            "lookup_key",
            "metadata",
            "nickname",
            "product",
            "product_data",
            "recurring",
            "tax_behavior",
            "unit_amount",
            "unit_amount_decimal",
        ),
    ),
    Route("GET", "/v1/prices/{id}", "PriceRetrieveParams", retrieving("price")),
]
