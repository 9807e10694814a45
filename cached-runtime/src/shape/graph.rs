//! What is known of a shape: nodes for what types ask for, edges for what they hold.

use std::collections::{HashMap, VecDeque};

/// The place of a node in the graph.
pub(super) type NodeId = usize;

/// The node above the type itself, with one edge, to it.
pub(super) const ROOT: NodeId = 0;

/// How many probes a value that is put together of others may refuse before it counts as opaque.
const ATTEMPTS: usize = 8;

/// How many probes something may refuse that does not even ask for a value.
const ATTEMPTS_WITHOUT_TARGET: usize = 4;

/// How many elements of a tuple are told apart; those after them count as one.
const MAX_ELEMENTS: usize = 64;

/// What a type asks a deserializer for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// The name that it gives itself, without its module.
    pub(super) name: &'static str,
    /// What it says that it expects, where that tells two scalars apart: a time in seconds, and one in
    /// milliseconds.
    pub(super) expects: String,
    /// The names of its fields or variants.
    pub(super) labels: Vec<&'static str>,
    /// How many elements a tuple has.
    pub(super) len: usize,
    /// Which of serde's scalars it is.
    pub(super) scalar: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Kind {
    /// A number, a text or anything else without parts.
    Scalar = b's',
    /// Whatever the data says.
    Any = b'?',
    Option = b'o',
    Seq = b'q',
    Map = b'm',
    Tuple = b't',
    Newtype = b'n',
    Struct = b'S',
    Enum = b'E',
    UnitVariant = b'A',
    NewtypeVariant = b'B',
    TupleVariant = b'C',
    StructVariant = b'D',
}

impl Head {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            name: "",
            expects: String::new(),
            labels: Vec::new(),
            len: 0,
            scalar: "",
        }
    }

    /// Returns how many edges a node of this kind has.
    fn edges(&self) -> usize {
        match self.kind {
            Kind::Scalar | Kind::Any | Kind::UnitVariant => 0,
            Kind::Option | Kind::Seq | Kind::Newtype | Kind::NewtypeVariant => 1,
            Kind::Map => 2,
            Kind::Tuple | Kind::TupleVariant => self.len.min(MAX_ELEMENTS),
            Kind::Struct | Kind::StructVariant | Kind::Enum => self.labels.len(),
        }
    }
}

/// Which node it is: what a visitor asks for. Two types of one name in different modules have two nodes,
/// and so do two encodings of one type.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) visitor: &'static str,
    pub(super) value: &'static str,
    pub(super) head: Head,
    /// The enum that a variant belongs to.
    pub(super) parent: Option<(NodeId, usize)>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) head: Head,
    pub(super) edges: Vec<Edge>,
    /// The name of the Rust type that is made of it.
    value: &'static str,
    /// Whether its fields are not known in advance, as with `flatten`.
    pub(super) is_opaque: bool,
    /// How deep the smallest value is; `None` where none is known.
    pub(super) height: Option<usize>,
}

/// What one field, element, key, value or variant asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Edge {
    pub(super) state: State,
    /// What it has asked for. More than one where that depends on what came before.
    pub(super) targets: Vec<NodeId>,
    /// The name of its Rust type.
    pub(super) type_name: &'static str,
    /// How many probes it has refused.
    pub(super) attempts: usize,
    /// Whether a value of it is known to fail what it is part of.
    pub(super) is_hollow: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It has not taken a value so far.
    #[default]
    Open,
    /// It has taken one.
    Accepted,
    /// It has refused every probe.
    Refused,
    /// It cannot be got at.
    Unreachable,
    /// Another name of another field.
    Alias,
}

/// One edge: the node from which it starts, and its place there.
pub(super) type EdgeId = (NodeId, usize);

#[derive(Debug)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Identity, NodeId>,
    /// How many nodes and edges there are.
    size: usize,
}

impl Graph {
    /// Returns the graph of a type of which nothing is known.
    pub(super) fn new() -> Self {
        let root = Node::new(Head::new(Kind::Newtype), "");
        Self {
            nodes: vec![root],
            known: HashMap::new(),
            size: 0,
        }
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node]
    }

    pub(super) fn node_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node]
    }

    pub(super) fn edge(&self, (node, at): EdgeId) -> &Edge {
        &self.nodes[node].edges[at]
    }

    pub(super) fn edge_mut(&mut self, (node, at): EdgeId) -> &mut Edge {
        &mut self.nodes[node].edges[at]
    }

    /// Returns how many nodes and edges there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Returns the node that is asked for, and whether it is new.
    pub(super) fn node_of(&mut self, identity: Identity) -> (NodeId, bool) {
        if let Some(&node) = self.known.get(&identity) {
            return (node, false);
        }
        let node = self.nodes.len();
        self.nodes
            .push(Node::new(identity.head.clone(), identity.value));
        self.size += 1 + identity.head.edges();
        self.known.insert(identity, node);
        (node, true)
    }

    /// Counts a probe that an edge has refused; returns false where that is nothing new.
    pub(super) fn refuse(&mut self, edge: EdgeId) -> bool {
        let targets = &self.edge(edge).targets;
        let attempts = targets.iter().map(|&node| self.nodes[node].attempts());
        let attempts = attempts.max().unwrap_or(ATTEMPTS_WITHOUT_TARGET);
        let edge = self.edge_mut(edge);
        if edge.state != State::Open {
            return false;
        }
        edge.attempts += 1;
        if edge.attempts >= attempts {
            edge.state = State::Refused;
        }
        true
    }

    /// Takes in that the field at `at` is the field `name`, which has had a value already.
    pub(super) fn alias(&mut self, node: NodeId, at: usize, name: &str) {
        let node = &mut self.nodes[node];
        let earlier = (0..at).rfind(|&earlier| node.edges[earlier].state != State::Alias);
        // The names of a field stand together, in the order of the alphabet.
        if node.head.labels[at] == name
            && let Some(earlier) = earlier
        {
            node.edges[at] = node.edges[earlier].clone();
            node.edges[earlier].state = State::Alias;
        } else {
            node.edges[at].state = State::Alias;
        }
    }

    /// Returns whether a value can be had for an edge.
    pub(super) fn is_deliverable(&self, edge: EdgeId) -> bool {
        self.height_of(self.edge(edge)).is_some()
    }

    /// Returns whether nothing is known of an edge.
    pub(super) fn is_unexplored(&self, edge: EdgeId) -> bool {
        let edge = self.edge(edge);
        edge.state == State::Open && edge.targets.is_empty()
    }

    /// Returns the variant with the smallest value.
    pub(super) fn smallest(&self, node: NodeId) -> Option<usize> {
        let edges = self.nodes[node].edges.iter().enumerate();
        let heights = edges.filter_map(|(at, edge)| Some((self.height_of(edge)?, at)));
        heights.min().map(|(_, at)| at)
    }

    /// Takes in that a value of `node` has been made.
    pub(super) fn settle_height(&mut self, node: NodeId) {
        if self.nodes[node].height.is_none() {
            self.nodes[node].height = self.measure(&self.nodes[node]);
        }
    }

    /// Works out of what values can be had, and how deep the smallest ones are.
    pub(super) fn measure_all(&mut self) {
        for node in &mut self.nodes {
            node.height = None;
        }
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for at in 0..self.nodes.len() {
                if self.nodes[at].height.is_none() {
                    self.nodes[at].height = self.measure(&self.nodes[at]);
                    is_changed |= self.nodes[at].height.is_some();
                }
            }
        }
    }

    fn measure(&self, node: &Node) -> Option<usize> {
        let mut parts = node
            .edges
            .iter()
            .filter(|edge| edge.state != State::Alias)
            .map(|edge| self.height_of(edge));
        match node.head.kind {
            // Nothing, no element and no entry are values too.
            Kind::Scalar | Kind::Any | Kind::UnitVariant | Kind::Option | Kind::Seq | Kind::Map => {
                Some(0)
            }
            Kind::Enum => parts.flatten().min().map(|height| height + 1),
            _ => parts.try_fold(0, |deepest: usize, part| Some(deepest.max(part? + 1))),
        }
    }

    fn height_of(&self, edge: &Edge) -> Option<usize> {
        if edge.is_hollow || !matches!(edge.state, State::Open | State::Accepted) {
            return None;
        }
        let heights = edge.targets.iter().map(|&node| self.nodes[node].height);
        heights.reduce(|one, other| one.max(other).filter(|_| one.is_some() && other.is_some()))?
    }

    /// Returns the way to the nearest edge that has something left to find out.
    pub(super) fn goal(&self) -> Option<Vec<EdgeId>> {
        let mut came_from: HashMap<NodeId, EdgeId> = HashMap::new();
        let mut queue = VecDeque::from([ROOT]);
        while let Some(node) = queue.pop_front() {
            for (at, edge) in self.nodes[node].edges.iter().enumerate() {
                if edge.is_open() {
                    let mut path = vec![(node, at)];
                    while let Some(&before) = came_from.get(&path[path.len() - 1].0) {
                        path.push(before);
                    }
                    path.reverse();
                    return Some(path);
                }
                for &target in &edge.targets {
                    if target != ROOT && !came_from.contains_key(&target) {
                        came_from.insert(target, (node, at));
                        queue.push_back(target);
                    }
                }
            }
        }
        None
    }

    /// Gives up on what has not been found out.
    pub(super) fn close(&mut self) {
        let edges = self.nodes.iter_mut().flat_map(|node| &mut node.edges);
        for edge in edges.filter(|edge| edge.is_open()) {
            edge.state = State::Unreachable;
        }
    }

    /// Returns whether an edge is known by the name of its type.
    fn is_hidden(&self, edge: &Edge) -> bool {
        let takes_anything = |&node: &NodeId| self.nodes[node].head.kind == Kind::Any;
        matches!(edge.state, State::Refused | State::Unreachable)
            || edge.targets.is_empty()
            || edge.targets.iter().any(takes_anything)
    }

    /// Returns the names of the types by which parts are known that hide their shape.
    pub(super) fn hidden(&self) -> impl Iterator<Item = &'static str> {
        let edges = self.nodes.iter().flat_map(|node| &node.edges);
        let edges = edges.filter(|edge| edge.state != State::Alias && self.is_hidden(edge));
        edges.map(|edge| edge.type_name)
    }

    /// Appends everything that the graph says, node by node from the root outwards, to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let mut numbers = HashMap::from([(ROOT, 0)]);
        let mut queue = VecDeque::from([ROOT]);
        while let Some(node) = queue.pop_front() {
            let node = &self.nodes[node];
            let head = &node.head;
            out.push(head.kind as u8);
            for text in [head.scalar, head.name, &head.expects] {
                write_text(out, text.as_bytes());
            }
            out.extend_from_slice(&(head.len as u64).to_be_bytes());
            write_text(out, if node.is_opaque { node.value } else { "" }.as_bytes());
            let edges = node.edges.iter().enumerate();
            for (at, edge) in edges.filter(|(_, edge)| edge.state != State::Alias) {
                out.push(b'-');
                write_text(out, head.labels.get(at).unwrap_or(&"").as_bytes());
                let hidden = match edge.type_name {
                    _ if !self.is_hidden(edge) => "",
                    // Nothing has asked for it.
                    "" => node.value,
                    name => name,
                };
                write_text(out, hidden.as_bytes());
                for &target in &edge.targets {
                    let next = numbers.len() as u64;
                    let number = *numbers.entry(target).or_insert_with(|| {
                        queue.push_back(target);
                        next
                    });
                    out.push(b'>');
                    out.extend_from_slice(&number.to_be_bytes());
                }
            }
            out.push(b'.');
        }
    }
}

impl Edge {
    /// Returns whether there is something left to find out.
    fn is_open(&self) -> bool {
        self.state == State::Open && (self.targets.is_empty() || self.attempts > 0)
    }
}

impl Node {
    fn new(head: Head, value: &'static str) -> Self {
        let edges = vec![Edge::default(); head.edges()];
        Self {
            head,
            edges,
            value,
            is_opaque: false,
            height: None,
        }
    }

    /// Returns how many probes there are for it.
    fn attempts(&self) -> usize {
        match self.head.kind {
            Kind::Scalar | Kind::Any => super::probes::count(self.head.scalar),
            _ => ATTEMPTS,
        }
    }
}

/// Appends a text of any length so that it does not run into the next one.
pub(super) fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text);
}
