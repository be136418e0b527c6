// Paths into JSON documents: `$.email`, `$.items[*].name`, `$["odd key"]`, `$.list[0]`, `$.byId.*`. As a tree, so that a document
// is walked once whatever the number of paths.

/** What the paths say about one place. */
export interface PathNode {
  readonly members: Map<string, PathNode>;
  readonly elements: Map<number, PathNode>;
  /** `.*` and `[*]`: what has no name or number of its own. */
  anyMember?: PathNode;
  anyElement?: PathNode;
  /** The number of the path that ends here. */
  rule?: number;
}

const STEP = /\.(?:([\p{L}_][\p{L}\p{N}_-]*)|(\*))|\[(?:("(?:[^"\\]|\\.)*")|(\d{1,9})|(\*))\]/uy;

type Step = { readonly member: string | null } | { readonly element: number | null };

/** The path as PostgreSQL writes it; undefined where it is none. Lax, so that one element without it does not end the search. */
export function sqlJsonPath(path: string): string | undefined {
  const steps = stepsOf(path)?.map(step => {
    if ('element' in step) return step.element === null ? '[*]' : `[${step.element}]`;
    return step.member === null ? '.*' : `.${JSON.stringify(step.member)}`;
  });
  return steps && `lax $${steps.join('')}`;
}

/** All paths in one tree; or which of them is wrong, and how. */
export function pathTree(paths: readonly string[]): { readonly root: PathNode } | { readonly defect: string } {
  const root = emptyNode();
  for (const [rule, path] of paths.entries()) {
    const steps = stepsOf(path);
    if (!steps) return { defect: `${path} is no path` };
    let node = root;
    for (const step of steps) {
      if (node.rule !== undefined) return { defect: `${path} is inside of ${paths[node.rule]}` };
      node = childOf(node, step);
    }
    if (node.rule !== undefined) return { defect: `${path} stands there twice` };
    if (!isLeaf(node)) return { defect: `another path is inside of ${path}` };
    node.rule = rule;
  }
  return { root };
}

function stepsOf(path: string): Step[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const [matched, name, anyMember, quoted, number, anyElement] = STEP.exec(path) ?? [];
    if (matched === undefined) return undefined; // a failed match has set lastIndex to 0
    if (name !== undefined) steps.push({ member: name });
    else if (anyMember !== undefined) steps.push({ member: null });
    else if (number !== undefined) steps.push({ element: Number(number) });
    else if (anyElement !== undefined) steps.push({ element: null });
    else {
      const member = unquoted(quoted ?? '');
      if (member === undefined) return undefined;
      steps.push({ member });
    }
  }
  return steps;
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function childOf(node: PathNode, step: Step): PathNode {
  if ('member' in step) {
    if (step.member === null) {
      node.anyMember ??= emptyNode();
      return node.anyMember;
    }
    return entry(node.members, step.member);
  }
  if (step.element === null) {
    node.anyElement ??= emptyNode();
    return node.anyElement;
  }
  return entry(node.elements, step.element);
}

function entry<Key>(nodes: Map<Key, PathNode>, key: Key): PathNode {
  const node = nodes.get(key) ?? emptyNode();
  nodes.set(key, node);
  return node;
}

const emptyNode = (): PathNode => ({ members: new Map(), elements: new Map() });

const isLeaf = ({ members, elements, anyMember, anyElement }: PathNode): boolean =>
  members.size + elements.size === 0 && !anyMember && !anyElement;
