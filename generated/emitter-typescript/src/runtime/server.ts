/**
 * Serves metrics over HTTP.
 */

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Encoded } from "./exposition.js";

/** How a {@link MetricsServer} treats its clients. Times are in milliseconds. */
export interface ServerOptions {
  /** Connections served at once; further ones are closed. */
  readonly maxConnections?: number;
  /** How long a client may take to send its request. */
  readonly requestTimeout?: number;
  /** How long a connection may be silent. */
  readonly idleTimeout?: number;
  /** How long answers under way may take once the server stops. */
  readonly grace?: number;
}

type Encode = (accept: string | undefined) => Promise<Encoded>;

/** Answers a request, as `node:http` and what builds on it takes it. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void;

/** A handler that answers `GET` and `HEAD` on whatever path it is put. */
export function handler(encode: Encode): Handler {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      plain(response, 405, "Use GET or HEAD.\n");
      return;
    }
    encode(request.headers.accept).then(
      ({ contentType, body }) => {
        const bytes = Buffer.from(body);
        response.writeHead(200, {
          "Content-Type": contentType,
          "Content-Length": bytes.length,
          Vary: "Accept",
        });
        response.end(request.method === "HEAD" ? undefined : bytes);
      },
      () => {
        plain(response, 500, "The metrics cannot be read.\n");
      },
    );
  };
}

function plain(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(body);
}

/** A running metrics server, which answers on `/metrics`. */
export class MetricsServer implements AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
  /** Where the metrics are, as seen from this machine. */
  readonly url: string;
  readonly #server: Server;
  readonly #grace: number;

  /** For {@link serve}. */
  constructor(server: Server, grace: number) {
    // A server that listens on a port has such an address.
    const { address, family, port } = server.address() as AddressInfo;
    const host = family === "IPv6" ? `[${address}]` : address;
    const local = ["[::]", "0.0.0.0"].includes(host) ? "localhost" : host;
    this.port = port;
    this.url = `http://${local}:${String(port)}/metrics`;
    this.#server = server;
    this.#grace = grace;
  }

  /** Refuses further connections, and lets the answers under way finish. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#server.closeAllConnections();
      }, this.#grace);
      this.#server.close(() => {
        clearTimeout(late);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  /** Stops it at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts to serve on a port of all interfaces, or on an address such as
 * `"127.0.0.1:9100"` or `"[::1]:9100"`. Port 0 takes any free port;
 * {@link MetricsServer.port} tells which.
 *
 * Rejects if the address cannot be understood or bound.
 */
export async function serve(
  encode: Encode,
  address: number | string,
  options: ServerOptions,
): Promise<MetricsServer> {
  const { host, port } = place(address);
  const timeout = options.requestTimeout ?? 2000;
  const answer = handler(encode);
  const server = createServer(
    {
      connectionsCheckingInterval: Math.max(50, timeout / 4),
      headersTimeout: timeout,
      requestTimeout: timeout,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      response.setHeader("Connection", "close");
      if (request.url?.split("?", 1)[0] === "/metrics") {
        answer(request, response);
      } else {
        plain(response, 404, "Metrics are at /metrics.\n");
      }
    },
  );
  server.maxConnections = options.maxConnections ?? 128;
  server.setTimeout(options.idleTimeout ?? 10_000);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A connection that cannot be accepted, for want of descriptors perhaps, is
  // no reason to end the process, which an event without a listener would be.
  server.on("error", () => undefined);
  return new MetricsServer(server, options.grace ?? 1000);
}

function place(address: number | string): { host?: string; port: number } {
  if (typeof address === "number") {
    return { port: address };
  }
  const parts = /^(?:\[(?<ip6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(
    address,
  )?.groups;
  if (parts === undefined) {
    throw new TypeError(`"${address}" is no address such as "0.0.0.0:9100"`);
  }
  const host = parts["ip6"] ?? parts["host"] ?? "";
  const port = Number(parts["port"]);
  return host === "" ? { port } : { host, port };
}
