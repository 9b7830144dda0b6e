/** What the tests of `@daybook/sdk/nest` need of Nest, here from Nest 11: resolved from this folder's own packages. */
export { Controller, ForbiddenException, Get, Module } from '@nestjs/common';
export { NestFactory } from '@nestjs/core';
export { FastifyAdapter } from '@nestjs/platform-fastify';
