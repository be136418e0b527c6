// A server that answers as a Presidio analyzer does: it finds words that the test names, counts code points, and can be told
// to fail.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked. */
export interface Question {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: { readonly text: string; readonly language: string; readonly [key: string]: unknown };
}

/** Answers a question instead of the usual; `next` is the usual answer. */
export type Behaviour = (question: Question, response: ServerResponse, next: () => void) => void;

export interface AnalyzerServer {
  readonly url: string;
  readonly questions: Question[];
  /** Connections that were opened. */
  connections(): number;
  /** The most questions that were open at once. */
  mostOpen(): number;
  behave(behaviour: Behaviour | undefined): void;
  close(): Promise<void>;
}

/** @param entities word → type; each place of a word is found, with a score of 0.9 */
export async function startAnalyzer(entities: Readonly<Record<string, string>>): Promise<AnalyzerServer> {
  const questions: Question[] = [];
  let behaviour: Behaviour | undefined;
  let [connections, open, mostOpen] = [0, 0, 0];
  const server = createServer((request, response) => {
    open++;
    mostOpen = Math.max(mostOpen, open);
    response.on('close', () => open--);
    void read(request).then(question => {
      questions.push(question);
      const next = (): void => answer(response, spansIn(question.body.text, entities));
      if (behaviour) behaviour(question, response, next);
      else next();
    });
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    questions,
    connections: () => connections,
    mostOpen: () => mostOpen,
    behave(next) {
      behaviour = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers with a status, and a body that quotes the text as Flask does. */
export const failing =
  (status: number): Behaviour =>
  ({ body }, response) =>
    answer(response, { error: `cannot analyze ${body.text}` }, status);

async function read(request: IncomingMessage): Promise<Question> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { url: path = '', headers } = request;
  return { path, authorization: headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) };
}

function spansIn(text: string, entities: Readonly<Record<string, string>>) {
  return Object.entries(entities).flatMap(([word, entity_type]) =>
    placesOf(word, text).map(place => {
      const start = [...text.slice(0, place)].length; // code points, as Python counts
      return { analysis_explanation: null, end: start + [...word].length, entity_type, score: 0.9, start };
    }),
  );
}

function placesOf(word: string, text: string): number[] {
  const place = text.indexOf(word);
  if (place < 0) return [];
  const next = place + word.length;
  return [place, ...placesOf(word, text.slice(next)).map(later => next + later)];
}
