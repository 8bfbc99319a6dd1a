"""Expressions parsed once: moto parses each of them up to three times a call, and each call anew (moto 5.2.5).

What is kept depends on the text and on the names it uses, never on values; an expression that is refused is parsed
again each time. Trees are traversed, sizes added up and rows copied as by moto, with fewer steps.
`tests/harness/test_short_ways.py` compares.
"""

import copy
import functools
from typing import Any

from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, OpDefault
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.parsing import ast_nodes, expressions

_LIMIT = 405000  # moto's own
_nodes: Any = ast_nodes
_expressions: Any = expressions


def parse_once() -> None:
    """Parse every expression once, in this process."""
    _keep_conditions()
    _keep_updates()
    _add_sizes_up_once()


def _keep_conditions() -> None:
    parser: Any = ConditionExpressionParser
    parse, operand, kept = parser.parse, parser._make_operand, {}

    def parsed(self: Any) -> Any:
        if not self.condition_expression:
            return OpDefault(None, None)  # type: ignore[arg-type]
        names, values = self.expression_attribute_names or {}, self.expression_attribute_values or {}
        key = (self.condition_expression, tuple(names.items()), tuple(values))
        if key not in kept:
            made: list[Any] = []

            def made_of(node: Any) -> Any:
                made.append(node)
                return parser._make_op_condition(self, node)

            self._make_op_condition = made_of
            op = parse(self)
            kept[key] = made[0], tuple(self.expr_attr_names_found), tuple(self.expr_attr_values_found)
            return op
        node, names_found, values_found = kept[key]
        self.expr_attr_names_found.extend(names_found)
        self.expr_attr_values_found.extend(values_found)
        return self._make_op_condition(node)

    def with_its_value(self: Any, node: Any) -> Any:
        if node.kind == parser.Kind.EXPRESSION_ATTRIBUTE_VALUE:
            return AttributeValue(self.expression_attribute_values[node.text])
        return operand(self, node)

    parser.parse, parser._make_operand = parsed, with_its_value


def _keep_updates() -> None:
    update = _expressions.UpdateExpressionParser
    update.make = functools.cache(update.make)
    _nodes.DepthFirstTraverser.traverse_node_recursively = _traversed
    _nodes.Node.__deepcopy__ = _tree_copied


def _tree_copied(self: Any, memo: dict[int, Any]) -> Any:
    """Copy a tree from its root; text and numbers in it are shared."""
    made = object.__new__(type(self))
    memo[id(self)] = made
    made.__dict__.update(self.__dict__)
    if self.parent is not None:
        made.parent = copy.deepcopy(self.parent, memo)
    if self.children is not None:
        made.children = [
            one if isinstance(one, str | int | None) else copy.deepcopy(one, memo) for one in self.children
        ]
    return made


def _traversed(self: Any, node: Any, child_id: int = -1) -> Any:
    """Do what moto does; which function processes a node is looked up once for a class, not once for a node."""
    kind: Any = type(node)
    if not _is_node(kind):
        return node
    parent = node.parent
    if node.children is not None:
        for number, child in enumerate(node.children):
            self.pre_processing_of_child(node, number)
            _traversed(self, child, number)
    known = self.__dict__.setdefault("_by_class", {})
    if type(node) not in known:
        fitting = (does for kind, does in self._processing_map().items() if isinstance(node, kind))
        known[type(node)] = next(fitting, None)
    if (process := known[type(node)]) is not None:
        node = process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@functools.cache
def _is_node(kind: Any) -> bool:
    return issubclass(kind, _nodes.Node)


def _add_sizes_up_once() -> None:
    item: Any = Item

    def made(self: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
        self.hash_key, self.range_key, self.attrs = hash_key, range_key, LimitedSizeDict()
        dict.update(self.attrs, {name: DynamoType(value) for name, value in attrs.items()})
        if sum(bytesize(name) + value.size() for name, value in self.attrs.items()) > _LIMIT:
            raise ItemSizeTooLarge

    item.__init__ = made
