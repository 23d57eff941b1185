// Made by `npm run types` from the cloud's OpenAPI document. Do not edit.

export interface paths {
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListDevices */
        get: operations["ApiV1DevicesListDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadDevice */
        get: operations["ApiV1DevicesDeviceIdReadDevice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gateways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListGateways */
        get: operations["ApiV1GatewaysListGateways"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gateways/{gateway_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadGateway */
        get: operations["ApiV1GatewaysGatewayIdReadGateway"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ingest
         * @description HTTP Basic with the gateway's credential; the body is any `up/` payload. JSON is answered in JSON.
         */
        post: operations["ApiV1IngestIngest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * ChangePassword
         * @description Every other session of this person ends.
         */
        put: operations["ApiV1PasswordChangePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListPoints */
        get: operations["ApiV1PointsListPoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadPoint */
        get: operations["ApiV1PointsPointIdReadPoint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}/buckets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListBuckets
         * @description Steps begin at multiples of `step_s` since 1970: `from` is moved down to one, `to` up.
         */
        get: operations["ApiV1PointsPointIdBucketsListBuckets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}/readings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListReadings */
        get: operations["ApiV1PointsPointIdReadingsListReadings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadSession */
        get: operations["ApiV1SessionReadSession"];
        put?: never;
        /** SignIn */
        post: operations["ApiV1SessionSignIn"];
        /** SignOut */
        delete: operations["ApiV1SessionSignOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListSites */
        get: operations["ApiV1SitesListSites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites/{site_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadSite */
        get: operations["ApiV1SitesSiteIdReadSite"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListTokens */
        get: operations["ApiV1TokensListTokens"];
        put?: never;
        /**
         * AddToken
         * @description A token reads what its person may read; it changes nothing. Its text is shown this once.
         */
        post: operations["ApiV1TokensAddToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** RemoveToken */
        delete: operations["ApiV1TokensTokenIdRemoveToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Backlog */
        Backlog: {
            oldest_at: number | null;
            readings: number;
        };
        /** Buckets */
        Buckets: {
            at: number[];
            avg: (number | null)[];
            count: number[];
            from: number;
            max: (number | null)[];
            min: (number | null)[];
            step_s: number;
            to: number;
        };
        /** Credentials */
        Credentials: {
            name: string;
            password: string;
        };
        /** Device */
        Device: {
            category: string;
            id: number;
            name: string;
            points: components["schemas"]["Point"][];
            site_id: number;
        };
        /** Gateway */
        Gateway: {
            backlog: components["schemas"]["Backlog"];
            breakers: components["schemas"]["GatewayBreaker"][];
            clock_offset_ms: number | null;
            dead: boolean;
            heartbeat_s: number;
            id: string;
            label: string;
            last_contact_at: number | null;
            offline_after_s: number;
            parked: number;
            revoked_at: number | null;
            site: string;
            site_id: number;
            /** @enum {string} */
            state: "never seen" | "online" | "quiet" | "offline" | "catching up" | "revoked";
            version: string;
        };
        /** GatewayBreaker */
        GatewayBreaker: {
            name: string;
            state: string;
        };
        /** GatewaysAnswer */
        GatewaysAnswer: {
            items: components["schemas"]["Gateway"][];
            server_time: number;
        };
        /** Latest */
        Latest: {
            at: number;
            quality: ("suspect" | "fault" | "clock_uncertain")[];
            received_at: number;
            value: number | null;
        };
        /** NewToken */
        NewToken: {
            created_at: number;
            expires_at: number | null;
            id: number;
            name: string;
            token: string;
        };
        /** Organisation */
        Organisation: {
            id: number;
            name: string;
        };
        /** PasswordChange */
        PasswordChange: {
            new: string;
            old: string;
        };
        /** Person */
        Person: {
            id: number;
            name: string;
            role: string;
        };
        /** Point */
        Point: {
            device: string;
            id: number;
            interval_s: number | null;
            latest: components["schemas"]["Latest"] | null;
            metric: string;
            site_id: number;
            stale_after_s: number;
            unit: string;
        };
        /** PointAnswer */
        PointAnswer: {
            point: components["schemas"]["Point"];
            server_time: number;
            site: components["schemas"]["Site"];
        };
        /** ReadingsAnswer */
        ReadingsAnswer: {
            items: [
                number,
                number | null,
                ("suspect" | "fault" | "clock_uncertain")[]
            ][];
            next: string | null;
        };
        /** SessionAnswer */
        SessionAnswer: {
            organisation: components["schemas"]["Organisation"];
            person: components["schemas"]["Person"];
            server_time: number;
        };
        /** Site */
        Site: {
            id: number;
            name: string;
            offline_after_s: number;
            tags: {
                [key: string]: string;
            };
            zone: string;
        };
        /** SiteAnswer */
        SiteAnswer: {
            devices: components["schemas"]["Device"][];
            gateways: components["schemas"]["Gateway"][];
            server_time: number;
            site: components["schemas"]["Site"];
        };
        /** SiteRow */
        SiteRow: {
            gateways: components["schemas"]["Gateway"][];
            headline: components["schemas"]["Point"] | null;
            id: number;
            name: string;
            newest_at: number | null;
            offline_after_s: number;
            points: number;
            tags: {
                [key: string]: string;
            };
            zone: string;
        };
        /** SitesAnswer */
        SitesAnswer: {
            items: components["schemas"]["SiteRow"][];
            server_time: number;
        };
        /** Token */
        Token: {
            created_at: number;
            expires_at: number | null;
            id: number;
            name: string;
        };
        /** TokenWish */
        TokenWish: {
            expires_at?: number | null;
            name: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ApiV1DevicesListDevices: {
        parameters: {
            query?: {
                /** @description of this site only */
                site?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"][];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1DevicesDeviceIdReadDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1GatewaysListGateways: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewaysAnswer"];
                };
            };
        };
    };
    ApiV1GatewaysGatewayIdReadGateway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gateway_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Gateway"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1IngestIngest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
        };
    };
    ApiV1PasswordChangePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsListPoints: {
        parameters: {
            query?: {
                /** @description of this site only */
                site?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Point"][];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdReadPoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PointAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdBucketsListBuckets: {
        parameters: {
            query: {
                /** @description inclusive, ms UTC */
                from: number;
                step_s: number;
                /** @description exclusive, ms UTC */
                to: number;
            };
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Buckets"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdReadingsListReadings: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string | null;
                /** @description inclusive, ms UTC */
                from?: number;
                limit?: number;
                /** @description exclusive, ms UTC */
                to?: number;
            };
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1SessionReadSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
        };
    };
    ApiV1SessionSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1SessionSignOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
                };
            };
        };
    };
    ApiV1SitesListSites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SitesAnswer"];
                };
            };
        };
    };
    ApiV1SitesSiteIdReadSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SiteAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1TokensListTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"][];
                };
            };
        };
    };
    ApiV1TokensAddToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenWish"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1TokensTokenIdRemoveToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
}
