import type { JsonRecord } from '@daybook/protocol';
import type { Context, Emit, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { objectIn } from '../json/json-text.ts';
import { str } from '../json/values.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { VerdictQueue, type Waiting } from '../verdict-queue.ts';
import { isKlogLine, SERVER_LOG } from './klog.ts';
import { LegacyReader } from './legacy-line.ts';
import { eventOfRancher, isRancherAnswer, isRancherRequest } from './rancher.ts';

/** What judges an object; it is used up. */
export type JudgeObject = (object: JsonRecord) => Verdict;

interface Half {
  readonly id: string;
  readonly request: JsonRecord | undefined;
  readonly answer: unknown;
  /** The method in the source's own word. */
  readonly said: string | undefined;
  readonly isHalf: boolean;
}

/**
 * Old kinds of audit log write a request and its answer as two records. The request is the event, with what its answer says; the answer is noise. A request
 * whose answer does not come is an event of unknown outcome.
 */
export class KubernetesPairs implements Parser {
  readonly #judge: JudgeObject;
  readonly #legacy: LegacyReader;
  readonly #queue = new VerdictQueue();
  readonly #requests = new Map<string, { readonly waiting: Waiting; readonly half: Half }>();

  constructor(judge: JudgeObject, context: Context) {
    this.#judge = judge;
    this.#legacy = new LegacyReader(context);
  }

  parse(record: TextRecord, emit: Emit): void {
    const object = record.text.startsWith('{') ? objectIn(record.text, record.object) : undefined;
    const half = object === undefined ? this.#legacy.read(record.text) : halfOf(object);
    const waiting = half === undefined ? { record, verdict: this.#whole(record.text, object) } : this.#half(record, half);
    if (waiting.verdict !== undefined && this.#queue.isEmpty()) {
      emit(record, waiting.verdict);
      return;
    }
    this.#queue.add(waiting);
    this.#queue.give(emit);
  }

  end(emit: Emit): void {
    this.#queue.giveAll(emit);
  }

  #whole(text: string, object: JsonRecord | undefined): Verdict {
    if (object !== undefined) return this.#judge(object);
    return isKlogLine(text) ? noise(SERVER_LOG) : quarantine('not_json', 'this is neither a JSON object nor an AUDIT line');
  }

  #half(record: TextRecord, half: Half): Waiting {
    const { id, request, answer, isHalf } = half;
    if (request === undefined) return { record, verdict: this.#answered(id, answer) };
    if (!isHalf) return { record, verdict: this.#judged(half, answer) };
    const late = (): Verdict => {
      this.#requests.delete(id);
      return this.#judged(half, undefined);
    };
    const waiting: Waiting = { record, late };
    this.#requests.set(id, { waiting, half });
    return waiting;
  }

  #answered(id: string, answer: unknown): Verdict {
    const open = this.#requests.get(id);
    if (open === undefined) return quarantine('answer_alone', 'the request that this answers stands before the beginning of the input');
    this.#requests.delete(id);
    open.waiting.verdict = this.#judged(open.half, answer);
    return noise('answer');
  }

  #judged({ request, said }: Half, answer: unknown): Verdict {
    const verdict = this.#judge(answer === undefined ? { ...request } : { ...request, responseStatus: { code: Number(answer) } });
    return verdict.event === undefined ? verdict : event(verdict.event, { event_type: said, method: said });
  }
}

/** Of Rancher 2.0. */
function halfOf(object: JsonRecord): Half | undefined {
  const id = String(object['auditID']);
  if (isRancherRequest(object)) return { id, request: eventOfRancher(object), answer: undefined, said: str(object['verb']), isHalf: true };
  if (!isRancherAnswer(object)) return undefined;
  return { id, request: undefined, answer: object['responseStatus'], said: undefined, isHalf: true };
}
