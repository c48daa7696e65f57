//! Places in memory: `x[index]`, `*x`, `&x`, and how large things are.

use super::super::ops;
use super::super::ty::{Int, Record, RecordId, Space, Type};
use super::super::typed::{Arith, Asked, Element, Node, Question, Typed};
use super::Typer;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::btf::Kind;

/// C's `size_t`, and what addresses are reckoned in.
const SIZE: Int = Int::number(64, false);

impl Typer<'_> {
    /// `array[index]` or `pointer[index]`.
    pub(super) fn index(&self, base: Typed, index: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let Some(int) = index.int() else {
            let message = format!("an index is an integer, and this is {}", self.a(&index));
            return Err(Diagnostic::error(Code::TypeMismatch, index.span, message));
        };
        match (base.place(), &base.ty) {
            (Some(space), Type::Array(of, len)) => {
                let (of, len) = ((**of).clone(), *len);
                match index.node {
                    Node::Int(value) => {
                        if len > 0 && value >= u64::from(len) {
                            return Err(self.outside(&base, &index, int, value));
                        }
                        self.element(base, value, of, space, span)
                    }
                    _ if len == 0 => self.deref_at(base.decayed(), index, span),
                    _ => self.checked_element(base, index, of, space, span),
                }
            }
            (_, Type::Pointer(..)) => self.deref_at(base, index, span),
            _ => {
                let message = format!(
                    "this is {}, not an array or a pointer, so it has no elements",
                    self.a(&base)
                );
                Err(Diagnostic::error(Code::NotAPointer, base.span, message))
            }
        }
    }

    fn outside(&self, base: &Typed, index: &Typed, int: Int, value: u64) -> Diagnostic {
        let ty = self.c_name(&base.ty);
        let shown = if int.signed { (value as i64).to_string() } else { value.to_string() };
        let message = format!("`{ty}` has no element {shown}");
        let last = match base.ty {
            Type::Array(_, len) => len.saturating_sub(1),
            _ => 0,
        };
        Diagnostic::error(Code::OutOfBounds, index.span, message)
            .help(format!("its elements are 0 to {last}"))
    }

    /// Element `index` of an array, known to be within it. Of a member it is a part of the path, so
    /// that the kernel says where it is.
    fn element(
        &self,
        array: Typed,
        index: u64,
        of: Type,
        space: Space,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let node = match array.node {
            Node::Member(mut member) => {
                let size = match member.offset {
                    None => None,
                    Some(offset) => Some((offset, self.size_of(&of, array.span)?)),
                };
                if let Some((offset, Typed { node: Node::Int(size), .. })) = size {
                    member.offset = Some(offset.wrapping_add(index.wrapping_mul(size)));
                }
                member.path.push_str(&format!("[{index}]"));
                Node::Member(member)
            }
            _ => {
                let index = Typed::of(Node::Int(index), Type::Int(SIZE), span);
                let first = array.decayed();
                let address = ops::offset(self, Arith::Add, first, index, span)?.into();
                Node::Deref { address, space }
            }
        };
        Ok(Typed::of(node, of, span))
    }

    /// An element by an index that is known only when the program runs.
    fn checked_element(
        &self,
        array: Typed,
        index: Typed,
        of: Type,
        space: Space,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let total = self.size_of_value(&array, span)?;
        let size = self.size_of(&of, array.span)?;
        let array = array.decayed();
        let ty = array.ty.clone();
        let index = ops::convert(index, SIZE);
        let element = Element { array, index, size, total };
        let address = Typed::of(Node::Element(element.into()), ty, span);
        Ok(Typed::of(Node::Deref { address: address.into(), space }, of, span))
    }

    /// `*(pointer + index)`.
    fn deref_at(&self, pointer: Typed, index: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let to = pointer.ty.clone();
        // Sizes are asked of what can be read, so that is told first.
        self.pointee(&pointer, &to)?;
        let address = ops::offset(self, Arith::Add, pointer, index, span)?;
        self.deref(address, span)
    }

    /// `*pointer`.
    pub(in super::super) fn deref(&self, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let x = x.decayed();
        let (to, space) = self.pointee(&x, &x.ty)?;
        if let Node::Address(place) = &x.node
            && place.place() == Some(space)
        {
            let place = (**place).clone();
            match &place.ty {
                // The address of an array is also that of its first element.
                Type::Array(of, _) if **of == to => {
                    return self.element(place, 0, to, space, span);
                }
                ty if *ty == to => return Ok(Typed { span, ..place }),
                _ => {}
            }
        }
        Ok(Typed::of(Node::Deref { address: x.into(), space }, to, span))
    }

    /// What stands where a pointer of the type `ty` points.
    fn pointee(&self, x: &Typed, ty: &Type) -> Result<(Type, Space), Diagnostic> {
        match ty {
            Type::Pointer(to, space) => match &**to {
                Type::Void => {
                    let fault = "a `void *` points at nothing that has a type";
                    Err(Diagnostic::error(Code::NotAPointer, x.span, fault)
                        .help("cast it to what it points at: `*(u64 *)p`"))
                }
                Type::PerCpu(_) => Err(self.per_cpu(x)),
                Type::Opaque(_) => {
                    let message = format!("what {} points at cannot be read", self.a(x));
                    Err(Diagnostic::error(Code::NotAPointer, x.span, message))
                }
                to => Ok((to.clone(), *space)),
            },
            _ => {
                let message = format!("this is {}, not a pointer", self.a(x));
                let fault = Diagnostic::error(Code::NotAPointer, x.span, message);
                Err(match ty {
                    Type::Int(_) => fault.help("cast it first: `*(u64 *)x`"),
                    _ => fault,
                })
            }
        }
    }

    /// The fault of reading through a per-CPU pointer.
    pub(super) fn per_cpu(&self, x: &Typed) -> Diagnostic {
        let message =
            format!("`{}` is a per-CPU pointer: each processor has its own", self.shown(x));
        Diagnostic::error(Code::PerCpuPointer, x.span, message)
            .note("nothing stands at the address itself; what does is at a distance for each processor")
            .help("`(u64)p` shows the address; per-CPU data cannot be read by this version")
    }

    /// `&place`.
    pub(in super::super) fn address_of(&self, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let Some(space) = x.place() else {
            let message = match &x.node {
                Node::Arg(arg) => format!("`{}` is an argument: it has no address", arg.name),
                Node::Member(member) => {
                    format!("`{}` is a bitfield: it has no address", member.path)
                }
                _ => "this is a value, not a place in memory: it has no address".to_owned(),
            };
            return Err(Diagnostic::error(Code::NotAddressable, x.span, message)
                .help("`&` takes a member or an element: `&p->member`, `&p[1]`"));
        };
        let ty = Type::Pointer(Box::new(x.ty.clone()), space);
        match x.node {
            Node::Deref { address, .. } => Ok(Typed { ty, span, ..*address }),
            _ => Ok(Typed::of(Node::Address(x.into()), ty, span)),
        }
    }

    /// Bytes of a value of the type `ty`, as `unsigned long`.
    pub(in super::super) fn size_of(&self, ty: &Type, span: Span) -> Result<Typed, Diagnostic> {
        let literal = |size: u64| Ok(Typed::of(Node::Int(size), Type::Int(SIZE), span));
        let none = || {
            let message = format!("`{}` has no size here", self.c_name(ty));
            Err(Diagnostic::error(Code::NoSize, span, message))
        };
        match ty {
            Type::Int(int) => literal(u64::from(int.bits / 8)),
            Type::Pointer(..) => literal(8),
            // As gcc has it, for arithmetic on `void *`.
            Type::Void => literal(1),
            Type::Array(of, len) => {
                let size = self.size_of(of, span)?;
                let count = Typed::of(Node::Int(u64::from(*len)), Type::Int(SIZE), span);
                Ok(ops::times(count, size, span))
            }
            Type::Record(record) => match record.id {
                RecordId::Own(index) => {
                    match self.own.and_then(|own| own.record(index)).and_then(|own| own.size()) {
                        Some(size) => literal(size),
                        None => none(),
                    }
                }
                RecordId::Kernel(_) => self.kernel_size(record, span),
            },
            Type::Opaque(name) => {
                let size = self.btf.as_ref().ok().and_then(|btf| btf.size_of(btf.find(name).ok()?));
                size.map_or_else(none, literal)
            }
            Type::PerCpu(_) | Type::Text | Type::Shown(_) => none(),
        }
    }

    fn kernel_size(&self, record: &Record, span: Span) -> Result<Typed, Diagnostic> {
        let record = self.defined(record, span)?;
        let btf = self.btf(span, &record.name)?;
        let size = record.id.kernel().and_then(|id| btf.size_of(id));
        let Some(here) = size else {
            let message = format!("`{}` has no size here", self.c_name(&Type::Record(record)));
            return Err(Diagnostic::error(Code::NoSize, span, message));
        };
        let node = match record.name.as_str() {
            // Nobody can be asked for it; its kernel is that of the plan.
            "" => Node::Int(here),
            name => {
                self.unambiguous(&record, span)?;
                Node::Asked(Asked { question: Question::TypeSize(name.to_owned()), here })
            }
        };
        Ok(Typed::of(node, Type::Int(SIZE), span))
    }

    /// Bytes of what `x` is: of a member of the kernel's, as the running kernel has it.
    pub(super) fn size_of_value(&self, x: &Typed, span: Span) -> Result<Typed, Diagnostic> {
        let by_type = self.size_of(&x.ty, span);
        let Node::Member(member) = &x.node else { return by_type };
        if member.bits.is_some() {
            let message = format!("`{}` is a bitfield: it has no size in bytes", member.path);
            return Err(Diagnostic::error(Code::NoSize, x.span, message));
        }
        if member.offset.is_some() {
            return by_type;
        }
        let btf = self.btf(span, &member.path)?;
        let found = btf.find_tag(&member.record).ok();
        let found = found.and_then(|id| btf.path(id, &member.path).ok());
        match found.and_then(|found| btf.size_of(found.ty)) {
            None => by_type,
            Some(here) => {
                let question = Question::FieldSize(member.record.clone(), member.path.clone());
                let node = Node::Asked(Asked { question, here });
                Ok(Typed::of(node, Type::Int(SIZE), span))
            }
        }
    }

    /// `record` with its definition, where BTF refers to its declaration.
    pub(super) fn defined(&self, record: &Record, span: Span) -> Result<Record, Diagnostic> {
        let (Ok(btf), Some(id)) = (self.btf.as_ref(), record.id.kernel()) else {
            return Ok(record.clone());
        };
        let Some(Kind::Fwd { name, is_union }) = btf.kind(id) else { return Ok(record.clone()) };
        let keyword = if is_union { "union" } else { "struct" };
        let found = btf.try_find(&format!("{keyword} {name}"));
        let found = found.map_err(|fault| self.ambiguous(&fault, span))?;
        match found.filter(|id| !matches!(btf.kind(*id), Some(Kind::Fwd { .. }))) {
            Some(id) => Ok(Record { id: RecordId::Kernel(id), name: record.name.clone() }),
            None => {
                let message = format!(
                    "the kernel's types only declare `{keyword} {name}`; they do not say its members"
                );
                Err(Diagnostic::error(Code::UnknownType, span, message)
                    .note("it may be a module's own type")
                    .of_this_kernel())
            }
        }
    }
}

impl Typed {
    /// Whose memory it stands in, if it stands in memory and can be pointed at.
    pub(in super::super) fn place(&self) -> Option<Space> {
        match &self.node {
            Node::Member(member) if member.bits.is_none() => Some(member.space),
            Node::Deref { space, .. } => Some(*space),
            _ => None,
        }
    }

    /// An array as the pointer to its first element, which it is in all of C but `sizeof` and `&`.
    pub(in super::super) fn decayed(self) -> Self {
        let (Type::Array(of, _), Some(space)) = (&self.ty, self.place()) else { return self };
        let (ty, span) = (Type::Pointer(of.clone(), space), self.span);
        match self.node {
            Node::Deref { address, .. } => Self { ty, span, ..*address },
            _ => Self::of(Node::Address(self.into()), ty, span),
        }
    }
}
