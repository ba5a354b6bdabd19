import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

/** A thread that listens and never accepts, for it does nothing until it is woken. */
const listener = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: workerData.port, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage('listening')
  Atomics.wait(workerData.awake, 0, 0)
  server.close()
})`

/** Milliseconds in which a connection of this machine is there if it comes at all. */
const takenMs = 200

/** Connections that the kernel still completes for a backlog of one. */
const room = 2

/**
 * Makes a free port one whose connections are never completed, as behind a firewall that drops what comes: its backlog is full, and
 * the kernel ignores who comes next. Returns what ends it.
 */
export async function openBlackHole(port: number): Promise<() => Promise<void>> {
  const awake = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(listener, { eval: true, workerData: { port, awake } })
  await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
  const sockets = Array.from({ length: room }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(sockets.map(filled))
  return async () => {
    const gone = new Promise((resolve) => thread.once('exit', resolve))
    for (const socket of sockets) socket.destroy()
    Atomics.store(awake, 0, 1)
    Atomics.notify(awake, 0)
    await gone
  }
}

/** Resolves when the connection is there, or is not coming, for somebody else has the place. */
function filled(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, takenMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
