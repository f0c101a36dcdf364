//! The builder rejects the same mistakes as the attribute.
// Generated code has every type begin at the same number of references.
#![allow(clippy::needless_borrow)]

use std::collections::LinkedList;

use super::ResourceBuilder;
use crate::__private::string_traits::*;
use crate::component::strings::parameter::ParameterType;

#[test]
fn variables_and_parameters_have_to_agree() {
    let wrong = ResourceBuilder::new("a:{b}", "n")
        .parameter((&&&&&ParameterType::<String>::new("c")).parameter())
        .parameter((&&&&&ParameterType::<LinkedList<u8>>::new("d")).parameter())
        .handler(|_| Box::pin(async { unreachable!("it is never registered") }));
    assert_eq!(
        wrong.finish().err().unwrap_or_default(),
        [
            "resource template `a:{b}`: no parameter takes its variable `b`",
            "resource template `a:{b}`: its parameter `c` is no variable of the URI",
            "resource template `a:{b}`: its parameter `d` is no variable of the URI",
            "resource template `a:{b}`: `d`: its type is a list, which cannot be read from text",
        ]
    );
}

#[test]
fn lists_agree_with_lists() {
    let wrong = ResourceBuilder::new("a:x{?b*,c,d*}", "n")
        .parameter((&&&&&ParameterType::<String>::new("b")).parameter())
        .parameter((&&&ParameterType::<Vec<u8>>::new("c")).list())
        .parameter((&&&ParameterType::<Vec<Vec<u8>>>::new("d")).list())
        .handler(|_| Box::pin(async { unreachable!("it is never registered") }));
    assert_eq!(
        wrong.finish().err().unwrap_or_default(),
        [
            "resource template `a:x{?b*,c,d*}`: its variable `b` is a list, its parameter is not",
            "resource template `a:x{?b*,c,d*}`: its parameter `c` is a list, its variable is not",
            "resource template `a:x{?b*,c,d*}`: `d`: each of its values is a list, which cannot be \
             read from text",
        ]
    );
}
