//! The passes over a type: each runs its `Deserialize` once, on the way to something that is not known.
//!
//! A pass follows the shortest path to an edge that has something left to find out, explores what is
//! new on its way, and gives the rest the smallest values there are. A pass that fails says why: the
//! innermost edge that failed has refused a probe, and is offered the next one in the next pass. Each pass
//! finds something out or gives something up, so they come to an end.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;

use super::graph::{EdgeId, Graph, Identity, NodeId, ROOT, State};
use super::tracer::{Fault, Tracer};

/// The most nodes and edges of a graph.
const MAX_SIZE: usize = 20_000;

/// The most passes over a type.
const MAX_PASSES: usize = 4_000;

/// The most values that are asked for in all passes.
const MAX_STEPS: usize = 1_000_000;

/// The most passes that may panic: each writes a message.
const MAX_PANICS: usize = 8;

/// How deep types may be nested.
const MAX_DEPTH: usize = 100;

/// What all tracers of a type share. Borrowed for single steps, never while the type's code runs.
pub(super) struct Explorer {
    pub(super) graph: Graph,
    pub(super) is_human_readable: bool,
    pass: Pass,
    steps: usize,
    panics: usize,
}

/// The pass under way.
#[derive(Default)]
struct Pass {
    /// The way to what it is to find out.
    path: Vec<EdgeId>,
    /// The edges that are being followed, from the root.
    edges: Vec<EdgeId>,
    /// The edges that have failed, from the inside.
    failed: Vec<EdgeId>,
    /// Whether it is known why the pass fails.
    is_explained: bool,
    /// Whether something has been found out.
    is_progress: bool,
}

/// Returns the shape of `T`.
pub(super) fn explore<T: DeserializeOwned>(is_human_readable: bool) -> Graph {
    let explorer = RefCell::new(Explorer {
        graph: Graph::new(),
        is_human_readable,
        pass: Pass::default(),
        steps: 0,
        panics: 0,
    });
    for _ in 0..MAX_PASSES {
        if !explorer.borrow_mut().begin() {
            break;
        }
        let pass = || {
            let root = Tracer::root(&explorer);
            drop(root.follow((ROOT, 0), std::any::type_name::<T>(), T::deserialize));
        };
        let is_caught = catch_unwind(AssertUnwindSafe(pass)).is_err();
        explorer.borrow_mut().end(is_caught);
    }
    let mut graph = explorer.into_inner().graph;
    graph.close();
    graph
}

impl Explorer {
    /// Begins a pass, if there is anything left to find out.
    fn begin(&mut self) -> bool {
        if self.is_exhausted() || self.panics >= MAX_PANICS {
            return false;
        }
        self.graph.measure_all();
        let path = self.graph.goal();
        let is_left = path.is_some();
        self.pass = Pass {
            path: path.unwrap_or_default(),
            ..Pass::default()
        };
        is_left
    }

    fn is_exhausted(&self) -> bool {
        self.graph.size() > MAX_SIZE || self.steps > MAX_STEPS
    }

    /// Takes in how a pass has ended.
    fn end(&mut self, is_caught: bool) {
        let pass = std::mem::take(&mut self.pass);
        if is_caught && let Some(&edge) = pass.edges.last() {
            self.panics += 1;
            self.graph.edge_mut(edge).state = State::Refused;
            return;
        }
        if pass.is_progress {
            return;
        }
        // What was to be a small value on the way is none.
        let beside = pass
            .failed
            .iter()
            .rev()
            .find(|edge| !pass.path.contains(edge) && !self.graph.edge(**edge).is_hollow);
        match (beside, pass.path.last()) {
            (Some(&edge), _) => self.graph.edge_mut(edge).is_hollow = true,
            (None, Some(&goal)) => self.graph.edge_mut(goal).state = State::Unreachable,
            (None, None) => {}
        }
    }

    /// Begins to follow an edge to a value of the Rust type of this name; returns how many of its probes
    /// have been refused.
    pub(super) fn enter(&mut self, edge: EdgeId, type_name: &'static str) -> usize {
        self.pass.edges.push(edge);
        let edge = self.graph.edge_mut(edge);
        edge.type_name = type_name;
        edge.attempts
    }

    /// Takes in whether the edge that was entered last has taken a value.
    pub(super) fn leave(&mut self, edge: EdgeId, fault: Option<&Fault>) {
        self.pass.edges.pop();
        if let Some(fault) = fault {
            self.pass.failed.push(edge);
            if !self.pass.is_explained {
                self.pass.is_explained = true;
                self.pass.is_progress |= match fault {
                    Fault::Stopped => false,
                    Fault::Refused | Fault::Duplicate(_) => self.graph.refuse(edge),
                };
            }
            return;
        }
        if self.graph.edge(edge).state == State::Open {
            self.graph.edge_mut(edge).state = State::Accepted;
            self.pass.is_progress = true;
        }
    }

    /// Says that the pass fails for a reason that no edge is to blame for.
    pub(super) fn explain(&mut self) {
        self.pass.is_explained = true;
    }

    /// Takes in that a field is known by another name already.
    pub(super) fn alias(&mut self, node: NodeId, at: usize, name: &str) {
        if !self.pass.is_explained {
            self.graph.alias(node, at, name);
            self.pass.is_explained = true;
            self.pass.is_progress = true;
        }
    }

    /// Returns the node that an edge asks for, and whether it is new.
    ///
    /// # Errors
    /// Returns an error where there are too many.
    pub(super) fn arrive(
        &mut self,
        edge: EdgeId,
        identity: Identity,
    ) -> Result<(NodeId, bool), Fault> {
        self.steps += 1;
        let is_too_deep = self.pass.edges.len() > MAX_DEPTH;
        if is_too_deep {
            self.graph.edge_mut(edge).state = State::Refused;
            self.pass.is_progress = true;
        }
        if is_too_deep || self.is_exhausted() {
            self.explain();
            return Err(Fault::Stopped);
        }
        let (node, is_new) = self.graph.node_of(identity);
        let targets = &mut self.graph.edge_mut(edge).targets;
        if !targets.contains(&node) {
            targets.push(node);
            self.pass.is_progress = true;
        }
        Ok((node, is_new))
    }

    /// Returns whether a value is being made of the edge, so that another one would be within it.
    pub(super) fn is_followed(&self, edge: EdgeId) -> bool {
        self.pass.edges.contains(&edge)
    }

    /// Returns the edge of `node` that the path goes along, for whoever came along it by `edge`.
    pub(super) fn next_on_path(&self, edge: EdgeId, node: NodeId) -> Option<usize> {
        let path = &self.pass.path;
        let at = path.iter().position(|&step| step == edge)?;
        // Whoever has left the path does not return to it.
        let is_followed = self.pass.edges == path[..=at];
        let &(next, edge) = path.get(at + 1)?;
        (is_followed && next == node).then_some(edge)
    }
}
