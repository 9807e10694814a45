//! Which variables an expression reads.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprPath, ExprWhile};
use syn::{Item, LitStr, Local, PatIdent};

/// Returns true when one of the expressions reads the variable `name`: not a field, a method or an
/// item of that name, and not a variable that the expression itself declares.
///
/// Of a macro only the tokens are known. A name counts there where it can be a variable, also in a
/// text with braces, as for `format!("{name}")`.
pub(super) fn reads(expressions: &[Expr], name: &str) -> bool {
    let mut reading = Reading {
        name,
        shadows: 0,
        found: false,
    };
    for expression in expressions {
        reading.visit_expr(expression);
    }
    reading.found
}

struct Reading<'a> {
    name: &'a str,
    /// How many declarations of the same name are in scope.
    shadows: usize,
    found: bool,
}

impl Reading<'_> {
    fn saw(&mut self, is_name: bool) {
        self.found |= is_name && self.shadows == 0;
    }

    /// Forgets behind a scope what is declared in it.
    fn scope(&mut self, inner: impl FnOnce(&mut Self)) {
        let outside = self.shadows;
        inner(self);
        self.shadows = outside;
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(ident) => {
                    let is_variable = !is_member(&tokens[..at]) && !is_path(&tokens[at + 1..]);
                    self.saw(ident == self.name && is_variable);
                }
                TokenTree::Literal(literal) => {
                    let text = syn::parse2::<LitStr>(TokenTree::from(literal.clone()).into());
                    self.saw(text.is_ok_and(|text| is_in_braces(&text.value(), self.name)));
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reading<'_> {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let name = path.path.get_ident();
        self.saw(name.is_some_and(|name| name == self.name));
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone());
    }

    fn visit_pat_ident(&mut self, declared: &'ast PatIdent) {
        visit::visit_pat_ident(self, declared);
        self.shadows += usize::from(declared.ident == self.name);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.scope(|inner| visit::visit_expr_closure(inner, closure));
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scope(|inner| visit::visit_block(inner, block));
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.scope(|inner| visit::visit_arm(inner, arm));
    }

    fn visit_expr_while(&mut self, repeated: &'ast ExprWhile) {
        self.scope(|inner| visit::visit_expr_while(inner, repeated));
    }

    fn visit_expr_if(&mut self, choice: &'ast ExprIf) {
        self.scope(|inner| {
            inner.visit_expr(&choice.cond);
            inner.visit_block(&choice.then_branch);
        });
        if let Some((_, otherwise)) = &choice.else_branch {
            self.visit_expr(otherwise);
        }
    }

    // What is declared is not yet in scope in what it is declared from.
    fn visit_expr_let(&mut self, declaration: &'ast ExprLet) {
        self.visit_expr(&declaration.expr);
        self.visit_pat(&declaration.pat);
    }

    fn visit_local(&mut self, declaration: &'ast Local) {
        if let Some(init) = &declaration.init {
            self.visit_local_init(init);
        }
        self.visit_pat(&declaration.pat);
    }

    fn visit_expr_for_loop(&mut self, repeated: &'ast ExprForLoop) {
        self.visit_expr(&repeated.expr);
        self.scope(|inner| {
            inner.visit_pat(&repeated.pat);
            inner.visit_block(&repeated.body);
        });
    }

    /// An item within an expression sees no variable around it.
    fn visit_item(&mut self, _: &'ast Item) {}
}

/// Returns true when what stands behind `before` is a field, a method, the end of a path or a lifetime.
fn is_member(before: &[TokenTree]) -> bool {
    let is = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    match before {
        [.., previous, last] if is(last, '.') => !is(previous, '.'),
        [.., previous, last] if is(last, ':') => is(previous, ':'),
        [.., last] => is(last, '\''),
        [] => false,
    }
}

/// Returns true when what stands before `behind` begins a path or calls a macro.
fn is_path(behind: &[TokenTree]) -> bool {
    match behind {
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] => {
            first.as_char() == ':' && second.as_char() == ':'
        }
        [TokenTree::Punct(sign), TokenTree::Group(group), ..] => {
            sign.as_char() == '!' && group.delimiter() != Delimiter::None
        }
        _ => false,
    }
}

/// Returns true when `text` holds `{name}` or `{name:…}`, as formatting takes a variable.
fn is_in_braces(text: &str, name: &str) -> bool {
    let text = text.replace("{{", "");
    text.split('{').skip(1).any(|behind| {
        let end = behind.find(['}', ':']).unwrap_or(behind.len());
        behind[..end].trim() == name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_name(expression: &str) -> bool {
        reads(&[syn::parse_str(expression).unwrap()], "name")
    }

    #[test]
    fn a_variable_is_read_wherever_its_value_goes() {
        for expression in [
            "name",
            "name.len()",
            "&name.first",
            "f(name)",
            "[1, name][0]",
            "Key { name }",
            "Key { text: name.clone() }",
            "0..name",
            "{ let name = name.trim(); name }",
            "if let Some(name) = name { name } else { 0 }",
            "others.map(|other| other == name)",
            "match name { Some(name) => name, None => 0 }",
            "for name in name {}",
            "format!(\"{name}\")",
            "format!(\"{name:>5}\")",
            "format!(\"{}\", name)",
            "matches!(name.kind, Kind::Any)",
            "vec![0..name]",
        ] {
            assert!(reads_name(expression), "{expression}");
        }
    }

    #[test]
    fn what_only_has_its_name_does_not_count() {
        for expression in [
            "other.name",
            "other.name()",
            "name::OTHER",
            "other::name",
            "name!()",
            "Key { name: 1 }",
            "others.map(|name| name.len())",
            "{ let name = 1; name }",
            "if let Some(name) = other { name } else { 0 }",
            "match other { Some(name) => name, None => 0 }",
            "{ for name in others { f(name) } }",
            "{ while let Some(name) = others.next() { f(name) } }",
            "{ fn f(name: u8) -> u8 { name } f(1) }",
            "format!(\"{{name}}\")",
            "format!(\"name\")",
            "format!(\"{}\", other.name)",
            "format!(\"{}\", name::OTHER)",
            "vec![other::name]",
        ] {
            assert!(!reads_name(expression), "{expression}");
        }
    }

    #[test]
    fn a_name_counts_again_behind_the_scope_that_hid_it() {
        for expression in [
            "({ let name = 1; name }, name)",
            "if let Some(name) = other { name } else { name }",
            "(others.map(|name| name.len()), name)",
        ] {
            assert!(reads_name(expression), "{expression}");
        }
    }
}
