/** What the tests of `nestAudit` need of Nest, here from Nest 12; `test/nest11` has the same from Nest 11. */
export { Controller, ForbiddenException, Get, Module } from '@nestjs/common';
export { NestFactory } from '@nestjs/core';
export { FastifyAdapter } from '@nestjs/platform-fastify';
