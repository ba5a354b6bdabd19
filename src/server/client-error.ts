import type { Socket } from 'node:net'
import { TuttiError } from '../errors.ts'
import { toErrorBody } from './wire/error.ts'

/** Answers bytes that are not HTTP, for which there is no request to reply to, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(toErrorBody(new TuttiError('invalid_request', 'this is not a valid HTTP request'), ''))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
