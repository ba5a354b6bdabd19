import { type IncomingMessage, maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { TuttiError } from '../errors.ts'
import { toErrorBody } from './wire/error.ts'

/** Answers what Node's parser refuses, and who takes too long to send a request; closes the connection. */
export interface ClientErrors {
  answer(error: Error & { code?: string }, socket: Socket): void
  /** Told of each request when its headers are there. */
  follow(message: IncomingMessage, response: ServerResponse): void
}

/** Milliseconds for a caller to read the answer to bytes that are no request, before the connection is cut. */
const partingMs = 1_000

/** @param receiveMs what a caller has to send a request in, for the words of the error. */
export function defineClientErrors(receiveMs: number): ClientErrors {
  const latest = new WeakMap<Socket, { readonly message: IncomingMessage; readonly response: ServerResponse }>()

  function answer(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const { message, response } = latest.get(socket) ?? {}
    const told = errorOf(error.code, receiveMs)
    // An error amid an answer, or after one that came before the request was whole, can't be told: it would be read as part of that answer.
    const answering = response?.headersSent === true && !(response.writableFinished && message?.complete)
    if (answering) socket.destroy()
    // Fastify reads the body: an error there is answered and logged as the request's own.
    else if (message?.complete === false && message.listenerCount('error') > 0) message.emit('error', told)
    else answerBytes(socket, told)
  }

  return {
    answer,
    follow: (message, response) => void latest.set(message.socket, { message, response }),
  }
}

function errorOf(code: string | undefined, receiveMs: number): TuttiError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new TuttiError('request_timeout', `the request did not arrive within ${receiveMs} ms; send it faster`)
    case 'HPE_HEADER_OVERFLOW':
      return new TuttiError('headers_too_large', `the headers are larger than ${maxHeaderSize} bytes`)
    default:
      return new TuttiError('invalid_request', 'this is not a valid HTTP request')
  }
}

/** There is no request to reply to. */
function answerBytes(socket: Socket, error: TuttiError): void {
  const body = JSON.stringify(toErrorBody(error, ''))
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
  // Node looks at a connection that took too long only once.
  const cut = setTimeout(() => socket.destroy(), partingMs)
  socket.once('close', () => clearTimeout(cut))
}
