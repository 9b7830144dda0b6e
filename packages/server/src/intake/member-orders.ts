import { hashStep } from './byte-words.ts';
import type { Extra } from './draft.ts';

/** Senders write their events' members in a few dozen arrangements. A power of two. */
const KNOWN_MAX = 256;
/** Events with more members beside their fields are few, and may go the long way. */
const MEMBERS_MAX = 64;

interface Known {
  readonly words: Uint16Array;
  readonly order: Uint8Array;
}

/** In which order the members of an event stand in canonical JSON: sorting the same names again for each event costs as much as copying them. */
export class MemberOrders {
  readonly #known: (Known | undefined)[] = Array.from({ length: KNOWN_MAX });

  /** Places in `members`, in the order of the keys, which all differ; undefined when a key has no number, or there are too many. */
  of(members: readonly Extra[]): Uint8Array | undefined {
    if (members.length > MEMBERS_MAX) return undefined;
    let hash = 0;
    for (const { word } of members) {
      if (word < 0) return undefined;
      hash = hashStep(hash, word);
    }
    // The low bits of a product are those of its last factor: the high ones are mixed in.
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (KNOWN_MAX - 1);
    const known = this.#known[slot];
    if (known !== undefined && areThese(known.words, members)) return known.order;
    const learnt = learn(members);
    this.#known[slot] = learnt;
    return learnt.order;
  }
}

function areThese(words: Uint16Array, members: readonly Extra[]): boolean {
  if (words.length !== members.length) return false;
  for (let i = 0; i < words.length; i++) if (words[i] !== members[i]?.word) return false;
  return true;
}

/** JavaScript compares strings by UTF-16 units, as RFC 8785 wants keys sorted. */
function learn(members: readonly Extra[]): Known {
  const places = members.map((_, i) => i).sort((a, b) => ((members[a]?.key ?? '') < (members[b]?.key ?? '') ? -1 : 1));
  return { words: Uint16Array.from(members, ({ word }) => word), order: Uint8Array.from(places) };
}
