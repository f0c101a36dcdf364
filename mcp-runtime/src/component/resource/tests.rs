//! What the attribute refuses is refused by the builder behind it as well.
// Generated code has every type begin at the same number of references.
#![allow(clippy::needless_borrow)]

use std::collections::LinkedList;

use super::ResourceBuilder;
use crate::__private::by_text::*;
use crate::component::strings::parameter::Text;

#[test]
fn variables_and_parameters_have_to_agree() {
    let wrong = ResourceBuilder::new("a:{b}", "n")
        .parameter((&&&&&Text::<String>::new("c")).parameter())
        .parameter((&&&&&Text::<LinkedList<u8>>::new("d")).parameter())
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
        .parameter((&&&&&Text::<String>::new("b")).parameter())
        .parameter((&&&Text::<Vec<u8>>::new("c")).list())
        .parameter((&&&Text::<Vec<Vec<u8>>>::new("d")).list())
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
